"""The rival of the live policies, the first action on each row, and the truth about it."""

import datetime as dt

import pyarrow as pa
import pytest

from jobs.decisions.policy_files import read_policies
from jobs.settings import REPOSITORY
from jobs.studies import strategy_trial
from jobs.studies.strategy_trial import POPULATION, Realised, first_of_each, highest_scores, realised

MONDAY = dt.date(2026, 11, 2)
TUESDAY = MONDAY + dt.timedelta(days=1)
POLICIES = read_policies(REPOSITORY / "policies")
REVIEW_MINUTES = 20  # of policies/seller.toml


def acts(ds=MONDAY, minutes=2 * REVIEW_MINUTES, **other):
    return {"ds": ds, "queue": "sellers", "entity": "seller", "entity_id": "s1", "risk": "brushing",
            "minutes": minutes} | other


def population(*rows):
    return pa.Table.from_pylist([{"ds": ds, "queue": "sellers", "entity": "seller", "entity_id": name, "risk": risk,
                                  "score": score, "open_cents": 0} for ds, name, risk, score in rows], POPULATION)


def chosen(rows, live):
    return [(row["ds"], row["entity_id"], row["risk"]) for row in highest_scores(rows, POLICIES, live)]


def test_the_highest_scores_take_the_minutes_of_the_live_decisions():
    rows = population((MONDAY, "s1", "brushing", 0.2), (MONDAY, "s2", "click_farm", 0.9),
                      (MONDAY, "s3", "brushing", 0.5))
    assert chosen(rows, [acts()]) == [(MONDAY, "s2", "click_farm"), (MONDAY, "s3", "brushing")]
    assert chosen(rows, [acts(minutes=REVIEW_MINUTES - 1)]) == []


def test_a_reviewed_row_waits_for_the_cooldown():
    rows = population(*[(day, name, "brushing", score) for day in (MONDAY, TUESDAY)
                        for name, score in (("s1", 0.9), ("s2", 0.5))])
    live = [acts(day, REVIEW_MINUTES) for day in (MONDAY, TUESDAY)]
    assert chosen(rows, live) == [(MONDAY, "s1", "brushing"), (TUESDAY, "s2", "brushing")]


def test_a_higher_level_ends_the_cooldown():
    rows = population((MONDAY, "s1", "brushing", 0.2), (TUESDAY, "s1", "brushing", 0.29),
                      (TUESDAY + dt.timedelta(days=1), "s1", "brushing", 0.31))
    live = [acts(day, REVIEW_MINUTES) for day in (MONDAY, TUESDAY, TUESDAY + dt.timedelta(days=1))]
    assert [ds for ds, _, _ in chosen(rows, live)] == [MONDAY, TUESDAY + dt.timedelta(days=1)]


def test_of_equal_scores_the_first_by_key_counts():
    rows = population((MONDAY, "s2", "brushing", 0.5), (MONDAY, "s1", "click_farm", 0.5),
                      (MONDAY, "s1", "brushing", 0.5))
    assert chosen(rows, [acts(minutes=REVIEW_MINUTES)]) == [(MONDAY, "s1", "brushing")]


def test_the_first_action_on_a_row_counts():
    rows = [acts(), acts(TUESDAY), acts(TUESDAY, risk="click_farm")]
    assert first_of_each(rows) == [rows[0], rows[2]]


def prevented(*rows):
    names = ("day", "entity", "entity_id", "risk", "was_attacker", "loss_prevented_cents", "trade_lost_cents",
             "commission_lost_cents", "returned_loss_cents")
    return pa.Table.from_pylist([dict(zip(names, row)) for row in rows])


def test_the_truth_counts_the_horizon_of_the_risk_that_was_acted_on():
    table = prevented(*[(MONDAY + dt.timedelta(days=days), "seller", name, risk, True, cents, 0, 0, 0)
                        for days, name, risk, cents in (
                            (0, "s1", "brushing", 1), (1, "s1", "brushing", 10), (7, "s1", "brushing", 100),
                            (8, "s1", "brushing", 1_000), (1, "s1", "click_farm", 10_000),
                            (1, "s2", "brushing", 100_000))])
    assert strategy_trial.truth([acts()], table) == 110


def test_an_order_counts_as_a_whole():
    late = MONDAY + dt.timedelta(days=30)
    table = prevented((late, "order", "o1", "payment_fraud", True, 7, 0, 0, 0))
    assert strategy_trial.truth([acts(entity="order", entity_id="o1", risk="payment_fraud")], table) == 7


def test_only_the_trade_of_honest_entities_is_lost():
    table = prevented((TUESDAY, "seller", "s1", "brushing", True, 900, 50, 5, 100),
                      (TUESDAY, "seller", "s2", None, False, 0, 200, 20, 0),
                      (MONDAY + dt.timedelta(days=8), "seller", "s1", "brushing", True, 7_000, 0, 0, 0))
    found = realised(table, [acts(TUESDAY), acts()])
    assert found == Realised(loss_prevented=7_900, trade_lost=200, commission_lost=20, returned_loss=100,
                             attackers_trade=55, value_in_horizon=900 - 100, actions=2, minutes=4 * REVIEW_MINUTES)
    assert found.value == 7_900 - 200 - 20 - 100


@pytest.mark.parametrize(("lo", "hi", "expected"), [(1, 3, True), (2.5, 3, False), (0, 1.5, False)])
def test_an_interval_holds_the_truth_between_its_ends(lo, hi, expected):
    assert strategy_trial.Caught(2, lo, hi, lo, hi, 1).holds is expected
