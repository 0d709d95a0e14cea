"""Reasons: the strongest causes of a row of whatever risk, in words, with the values that they are about."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.costs import boosters
from features.entities import FEATURE_SETS
from jobs.scoring import contributions, predict, reason_codes, reason_families
from jobs.scoring.reason_codes import ExplainedRows
from jobs.training import calibration, models, training_set
from jobs.training.model_version import ModelVersion
from jobs.training.topics import Topics

# Columns of one family each, in the order of their names.
COLUMNS = ("account_age_days", "case_count_7d", "click_count_7d", "discount_amount_7d", "leak_complaint_count_7d",
           "order_count_7d")
AGE, CASES, CLICKS, DISCOUNTS, LEAKS, ORDERS = COLUMNS


@pytest.fixture
def parts_as_seen(monkeypatch):
    """What a candidate sees of a row is what each column adds to its score: no booster could be made to say so."""
    monkeypatch.setattr(contributions, "contributions", lambda candidate,
                        seen: np.column_stack([seen, np.zeros(len(seen))]))


def explained(risk: str, *parts: tuple[float, ...], rows: tuple[int, ...], columns=COLUMNS,
              topics=None) -> ExplainedRows:
    candidate = ModelVersion(models.find_model(f"seller/{risk}"), "1", "run", None, calibration.IDENTITY, columns, "",
                             {}, topics or {})
    return ExplainedRows(candidate, np.array(rows), np.array(parts))


def table(rows: int) -> pa.Table:
    return pa.table({column: pa.array(range(rows), pa.int64()) for column in COLUMNS})


def told(features: pa.Table, *asked: ExplainedRows) -> list[list[tuple[str, str, float]]]:
    """(risk, feature, contribution) of each reason of each row."""
    found = reason_codes.reason_column(features, asked).to_pylist()
    return [[(r["risk"], r["feature"], r["contribution"]) for r in row] for row in found]


def test_the_five_strongest_of_all_risks_are_told_the_strongest_first(parts_as_seen):
    assert told(table(1), explained("click_farm", (0.9, 0.7, 0.5, 0.3, 0.1, 0.0), rows=(0,)),
                explained("brushing", (0.0, 0.8, 0.6, 0.4, 0.2, -0.1), rows=(0,))) == [
        [("click_farm", AGE, 0.9), ("brushing", CASES, 0.8), ("click_farm", CASES, 0.7), ("brushing", CLICKS, 0.6),
         ("click_farm", CLICKS, 0.5)]]


def test_reasons_of_after_sales_scores_take_no_place_among_those_of_fraud(parts_as_seen):
    columns = ("amount", "quantity")
    both = [ExplainedRows(ModelVersion(models.find_model(f"order/{risk}"), "1", "run", None, calibration.IDENTITY,
                                       columns, "", {}), np.array([0]), np.array([parts]))
            for risk, parts in (("return", (0.9, 0.0)), ("payment_fraud", (0.1, 0.0)))]
    rows = pa.table({column: pa.array([1], pa.int64()) for column in columns})
    found = predict.reason_columns(rows, "order", both)
    assert {name: [[r["risk"] for r in row] for row in column.to_pylist()] for name, column in found.items()} == {
        "reasons": [["payment_fraud"]], "after_sales_reasons": [["return"]]}
    assert list(predict.reason_columns(table(1), "seller", [])) == ["reasons"]


def test_equal_contributions_are_told_by_risk_and_then_by_feature(parts_as_seen):
    backwards = COLUMNS[::-1]  # a model's own order does not count
    assert told(table(1), explained("click_farm", (0.0, 0.0, 0.0, 0.0, 0.5, 0.5), rows=(0,), columns=backwards),
                explained("brushing", (0.0, 0.0, 0.0, 0.0, 0.5, 0.5), rows=(0,), columns=backwards)) == [
        [("brushing", AGE, 0.5), ("brushing", CASES, 0.5), ("click_farm", AGE, 0.5), ("click_farm", CASES, 0.5)]]


def test_a_row_that_nothing_raises_and_one_that_nobody_asks_of_have_no_reasons(parts_as_seen):
    asked = explained("brushing", (0.5, 0, 0, 0, 0, 0), (-0.5, 0, 0, 0, 0, 0), (0, 0.3, 0, 0, 0, 0), rows=(0, 1, 3))
    assert told(table(5), asked) == [[("brushing", AGE, 0.5)], [], [], [("brushing", CASES, 0.3)], []]


def test_without_rows_to_explain_every_row_has_an_empty_list():
    found = reason_codes.reason_column(table(2), [])
    assert found.type == reason_codes.REASONS_TYPE and found.to_pylist() == [[], []]


def test_a_reason_shows_the_value_of_its_row_or_null(parts_as_seen):
    features = table(4).set_column(5, ORDERS, pa.chunked_array([[7, None], [None, 9]], pa.int64()))
    asked = explained("brushing", *[(0, 0, 0, 0, 0, 0.5)] * 3, rows=(0, 2, 3))
    found = reason_codes.reason_column(features, [asked]).to_pylist()
    assert [[r["value"] for r in row] for row in found] == [[7.0], [], [None], [9.0]]
    assert [r["reason"].split(": ")[-1] for row in found for r in row] == ["7", reason_families.NO_EVENTS, "9"]


def test_a_topic_is_explained_by_words_of_its_row_alone(parts_as_seen):
    topics = {"reviews": Topics(("called", "caller"), np.ones(2), np.array([[1.0, 2.0]]))}
    asked = explained("brushing", (0.5, -1.0), (-1.0, 0.75), (0.25, 0.0), rows=(0, 1, 2),
                      columns=("topic_reviews_0", "order_count_7d"), topics=topics)
    features = table(3).append_column("reviews", pa.array(["a caller", "no word", "called"]))
    reasons = reason_codes.reason_column(features, [asked]).to_pylist()
    assert [[(r["reason"], r["value"]) for r in row] for row in reasons] == [
        [("what is written: reviews: caller", 0.5)], [("how much it sells: orders, last 7 days: 1", 1.0)],
        [("what is written: reviews: called", 0.25)]]


def test_a_topic_of_a_row_without_a_text_has_no_value(monkeypatch):
    monkeypatch.setattr(contributions, "contributions", lambda candidate, seen: np.array([[0.5, 0.0]] * len(seen)))
    topics = {"reviews": Topics(("called",), np.ones(1), np.array([[1.0]]))}
    asked = explained("brushing", (np.nan,), (np.nan,), rows=(0, 1), columns=("topic_reviews_0",), topics=topics)
    features = table(2).append_column("reviews", pa.array([None, ""], pa.string()))
    reasons = reason_codes.reason_column(features, [asked]).to_pylist()
    assert [[(r["reason"], r["value"]) for r in row] for row in reasons] == [
        [("what is written: reviews: nothing to go by", None)]] * 2


@pytest.fixture(scope="module")
def features() -> pa.Table:
    """Rows of sellers with a null in every tenth place."""
    draw, wanted = np.random.default_rng(5), FEATURE_SETS["seller"]
    numbers = {c: pa.array(draw.normal(size=80), mask=draw.random(80) < 0.1) for c in wanted.columns}
    return pa.table({"seller_id": [f"s{n}" for n in range(80)], **{c: ["x"] * 80 for c in wanted.passthrough_columns},
                     **numbers, **{text.name: pa.nulls(80, pa.string()) for text in wanted.texts}})


def test_reasons_are_those_of_plain_loops_over_risks_rows_and_columns(features):
    candidates = {risk: boosters.explaining(c, features, 0.6) for risk, c in boosters.made("seller").items()}
    found = predict.scores(features, "seller", dt.date(2026, 11, 1), candidates).to_pylist()
    assert [row["reasons"] for row in found] == [
        looped(features.slice(place, 1), [c for risk, c in candidates.items() if row[f"{risk}_score"] >= 0.1])
        for place, row in enumerate(found)]
    assert {len(row["reasons"]) for row in found} >= {0, 5}


def looped(row: pa.Table, candidates: list[ModelVersion]) -> list[dict]:
    """What `of_table` promises of one row, slowly."""
    found = [reason for candidate in candidates for reason in looped_over_one(row, candidate)]
    return sorted(found, key=lambda r: (-r["contribution"], r["risk"], r["feature"]))[:5]


def looped_over_one(row: pa.Table, candidate: ModelVersion) -> list[dict]:
    parts = contributions.contributions(candidate, training_set.inputs(candidate, row))[0].tolist()
    sums: dict[str, float] = {}
    strongest: dict[str, tuple[float, str]] = {}
    for part, column in zip(parts, candidate.columns):
        family = reason_families.family(candidate.model.feature_set, column)
        sums[family] = sums.get(family, 0.0) + part
        if family not in strongest or part > strongest[family][0]:
            strongest[family] = part, column
    return [{"risk": candidate.model.risk, "feature": column, "value": row[column][0].as_py(), "contribution": total,
             "reason": reason_families.reason_texts(family, candidate.model.feature_set, column,
                                                    row[column].to_numpy().tolist())[0]}
            for family, total in sums.items() if total > 0 for _, column in [strongest[family]]]
