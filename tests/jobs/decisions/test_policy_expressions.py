"""Conditions and worth expressions: one row in, one value out, the same at any time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.decisions import policy_expressions
from jobs.decisions.policy_expressions import condition_fault, worth_fault
from jobs.decisions.score_row import DERIVED, score_row
from jobs.storage import catalog


@pytest.mark.parametrize("sql", [
    "score >= 0.6", "score > 50_000", "level in ('high', 'critical') and not confirmed", "risk <> 'brushing'",
    "open_cents > 0 or account_age_days between 1 and 5", "score >= 0.3 -- a comment",
    "len(list_filter(reasons, lambda r : r.risk = 'brushing')) > 0", "try_cast(region as int) = 1",
    "if(brushing_score > 0.5, true, click_farm_score > 0.5)", "nullif(score, 0) > 0.5", "ds > date '2026-01-01'"])
def test_a_condition_over_one_row_is_good(sql):
    assert condition_fault("seller", sql) is None


@pytest.mark.parametrize("sql, expected", [
    ("scor > 0.5", 'Referenced column "scor" is no column of the score row. Expected one such as "score"'),
    ("amount > 5", 'Referenced column "amount" is no column of the score row.'),  # an order has it
    ("score", "it returns DOUBLE, expected a condition that is true or false (BOOLEAN)."),
    ("null", 'it returns "NULL", expected a condition'),
    ("score >", "it ends too early, expected one whole SQL expression."),
    ("score > 'é' = =", "it cannot be parsed from '=' on, expected one SQL expression."),
    ("score > 0.1 /*", "it cannot be parsed from '/*' on"),
    ("score > 'abc", "it cannot be parsed from"),
    ("foo(score) > 1", "Scalar Function with name foo does not exist!"),
    ("(" * 1_900 + "true" + ")" * 1_900, "Max expression depth"),
    ("score > .5), (true", "more than one expression"),
    ("true; drop table x", "it cannot be parsed from '; drop table x' on"),
    ("true) from (select 1", "it ends too early"),
    ("true union select false", "it cannot be parsed from 'union select false' on"),
    ("(select 1) > 0", "found a subquery"),
    ("exists (from read_csv('/etc/passwd'))", "found a subquery"),
    ("read_text('/etc/passwd') is null", "found the function read_text"),
    ("unnest([true])", "found the function unnest"),
    ("max(score) > 1", "found the function max, which reads several rows"),
    ("row_number() over () > 1", "found a window function"),
    ("columns('score') > 1", "found a star"),
    ("? > 1", "found a parameter"),
    ("#1 > 2", "found positional reference"),
    ("random() > 0.5", "found the function random, which gives other values at other times"),
    ("nextval('a') > 1", "found the function nextval"),
    ("now() > ds", "found the function now"),
    ("current_date > ds", "found current_date, expected only columns"),
    ('"the score row of seller".score > 1', "found the score row of seller, expected only columns"),
    ("rowid > 1", 'Referenced column "rowid" is no column'),
    ("level = 'hihg'", "level is never 'hihg', expected one of low, medium, high, critical."),
    ("level in ('high', 'worst')", "level is never 'worst'"),
    ("'refund_abuse' = risk", "risk is never 'refund_abuse', expected one of brushing, click_farm"),
    ("level >= 'high'", "level is compared with 'high' by the alphabet"),
    ("cast(level as int) > 1", "Could not convert string 'medium' to INT32"),
    ("order_count_30d * 10_000_000_000 > 1", "Overflow in multiplication of INT64"),
])
def test_what_is_no_condition_over_one_row_is_said(sql, expected):
    found = condition_fault("seller", sql)
    assert found.startswith(expected) and found.endswith((".", '".')) and "\n" not in found


@pytest.mark.parametrize("sql, expected", [
    ("coalesce(order_amount_30d, 0) * 7 / 30", None), ("0", None), ("10::decimal(4, 2)", None),
    ("true", "it returns BOOLEAN, expected a number."), ("'5'", "it returns VARCHAR, expected a number."),
    ("-1", "it gives -1 for a row"), ("order_amount_30d - 5", "it gives -5 for a row"),
    ("1 / order_amount_30d", "it gives inf for a row"), ("sum(order_amount_30d)", "found the function sum")])
def test_worth_is_a_finite_number_from_zero_on(sql, expected):
    found = worth_fault("seller", sql)
    assert found is None if expected is None else found.startswith(expected)


@pytest.mark.parametrize("entity", ["seller", "user", "creator", "order"])
def test_the_score_row_has_every_column_of_scores_and_features_once(entity):
    expected = {*catalog.scores(entity).names, *catalog.features(entity).names, *(field.name for field in DERIVED)}
    names = score_row(entity).names
    assert set(names) == expected and len(names) == len(expected)


def test_a_mistake_leaves_the_database_free_for_the_next_entity():
    policy_expressions._database.cache_clear()
    policy_expressions.condition_fault.cache_clear()
    assert condition_fault("seller", "score >") and condition_fault("creator", "score > 0.5") is None


TEXT = """score level risk ds reasons null true 1 0.5 ( ) , and or not in = < + - * / :: [ ] . lambda : case when then
else end cast( coalesce( len( interval 'x' " ; -- /* ? #1 $1 $$ select from over exists( any( extract( {"""


@given(st.lists(st.sampled_from(TEXT.split()), min_size=1, max_size=8).map(" ".join))
def test_no_text_ends_in_an_error_of_another_kind(sql):
    for fault in (condition_fault("seller", sql), worth_fault("order", sql)):
        assert fault is None or ("\n" not in fault and len(fault) < 600)
