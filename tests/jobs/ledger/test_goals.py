"""Goals as of a day: each metric from tables with known answers, and what is green, amber, red or unknown."""

import datetime as dt
from types import SimpleNamespace

import pyarrow as pa
import pytest

from jobs.decisions.goal_files import METRICS, Goal
from jobs.ledger.goal_metrics import Written, measure
from jobs.ledger.goals import goal_row, state
from jobs.storage.query import connect

DS = dt.date(2026, 11, 20)
OCTOBER = dt.date(2026, 10, 1)
MONTHLY = {"month": OCTOBER, "risk": "brushing", "net_lo": 5.0, "net": 10.0, "net_hi": 30.0,
           "false_positive_direct_cents": 4, "false_positive_friction_lo": 1.0, "false_positive_friction": 2.0,
           "false_positive_friction_hi": 3.0}
FUNNEL = {"risk": "brushing", "control_point": "all", "incidents": 10, "intervened": 4, "effective": 1}
PREVALENCE = {"entity": "user", "risk": "refund_abuse", "weeks": 13, "prevalence": 0.1,
              "prevalence_lo": 0.05, "prevalence_hi": 0.2, "recall": 0.5, "recall_lo": 0.1, "recall_hi": 0.9}


def goal(metric="net_per_trade", green=0.01, red=0.02, risks=(), due=DS) -> Goal:
    return Goal("one", metric, risks, "risk", green, red, due)


@pytest.fixture
def facts():
    """A connection with orders and appeals, and what the night has written."""
    with connect() as db:
        db.execute("""CREATE TEMP TABLE orders AS FROM (VALUES
            (TIMESTAMPTZ '2026-10-01 00:00:00+00', 600), (TIMESTAMPTZ '2026-10-31 23:00:00+00', 400),
            (TIMESTAMPTZ '2026-11-01 00:00:00+00', 9000)) t(ordered_at, amount_cents)""")
        db.execute("""CREATE TEMP TABLE appeals AS FROM (VALUES
            ('a', 'open', NULL, DATE '2026-11-01'), ('a', 'upheld', TIMESTAMPTZ '2026-11-03 00:00:00+00',
             DATE '2026-11-03'), ('b', 'rejected', TIMESTAMPTZ '2026-11-20 23:00:00+00', DATE '2026-11-20'),
            ('c', 'upheld', TIMESTAMPTZ '2026-10-23 00:00:00+00', DATE '2026-10-24'),
            ('d', 'rejected', TIMESTAMPTZ '2026-11-05 00:00:00+00', DATE '2026-11-05'),
            ('e', 'open', NULL, DATE '2026-11-19')) t(appeal_id, outcome, decided_at, ds)""")
        yield SimpleNamespace(db=db, written=Written(*(pa.Table.from_pylist(rows) for rows in (
            [MONTHLY, MONTHLY | {"risk": "refund_abuse", "net": 5.0, "net_lo": 5.0, "net_hi": 5.0},
             MONTHLY | {"month": dt.date(2026, 11, 1), "net": 1e6}],
            [FUNNEL, FUNNEL | {"control_point": "payout", "intervened": 9}, FUNNEL | {"risk": "other"}],
            [PREVALENCE | {"weeks": 1, "prevalence": 0.3}, PREVALENCE | {"entity": "seller", "prevalence": 0.4},
             PREVALENCE | {"risk": "incentive_abuse", "prevalence": None}, PREVALENCE]))))


def measured(facts, of: Goal, ds=DS):
    return measure(facts.db, of, facts.written, ds)


def test_money_is_that_of_the_last_complete_month_by_its_trade(facts):
    found = measured(facts, goal())
    assert (found.lo, found.value, found.hi) == pytest.approx((0.010, 0.015, 0.035))
    assert found.days == (OCTOBER, dt.date(2026, 10, 31)) and found.level == 0.8
    assert measured(facts, goal(risks=("seller/brushing",))).value == pytest.approx(0.010)
    friction = measured(facts, goal("friction_per_trade"))
    assert (friction.lo, friction.value, friction.hi) == pytest.approx((0.010, 0.012, 0.014))


def test_the_last_day_of_a_month_completes_it(facts):
    assert measured(facts, goal(), dt.date(2026, 11, 29)).days[0] == OCTOBER
    assert measured(facts, goal(), dt.date(2026, 11, 30)).days[0] == dt.date(2026, 11, 1)


def test_reviews_are_those_of_13_weeks_together(facts):
    found = measured(facts, goal("prevalence", risks=("user/refund_abuse",)))
    assert (found.lo, found.value, found.hi, found.level) == (0.05, 0.1, 0.2, 0.95)
    assert found.days == (dt.date(2026, 8, 22), DS)
    assert measured(facts, goal("recall", risks=("user/refund_abuse",))).value == 0.5
    assert measured(facts, goal("prevalence", risks=("user/incentive_abuse",))).value is None


def test_shares_of_incidents_count_every_action_once(facts):
    found = measured(facts, goal("intervened", risks=("seller/brushing",)))
    assert found.value == 0.4 and found.lo < 0.4 < found.hi
    assert measured(facts, goal("effective")).value == 0.1


def test_appeals_count_once_by_the_day_of_their_decision(facts):
    found = measured(facts, goal("upheld_appeals"))
    assert found.value == pytest.approx(1 / 3)


def test_without_anything_to_measure_the_goal_says_why(facts):
    empty = SimpleNamespace(db=facts.db, written=Written(*(table.slice(0, 0) for table in (
        facts.written.monthly, facts.written.funnel, facts.written.prevalence))))
    facts.db.execute("DELETE FROM appeals")
    for metric in METRICS:
        of = goal(metric, risks=("user/refund_abuse",) if metric in ("prevalence", "recall") else ())
        found = measured(empty, of)
        assert found.value is None and found.unknown, metric
        row = goal_row(empty.db, of, empty.written, DS)
        assert row["state"] == "unknown" and not row["is_certain"] and row["unknown_because"]
    facts.db.execute("DELETE FROM orders")
    assert measured(facts, goal()).unknown == "no order of the month"


def test_rows_without_a_net_measure_nothing(facts):
    """Such as open cases that will be paid: they do not say that a month lost nothing."""
    alone = facts.written.monthly.schema.empty_table()
    rows = [MONTHLY | {"net": None, "net_lo": None, "net_hi": None}]
    of_cases = pa.concat_tables([alone, pa.Table.from_pylist(rows, alone.schema)])
    written = Written(of_cases, facts.written.funnel, facts.written.prevalence)
    for metric in ("net_per_trade", "friction_per_trade"):
        found = measure(facts.db, goal(metric), written, DS)
        assert (found.value, found.unknown) == (None, "no entry of the month")


@pytest.mark.parametrize(("green", "red", "value", "expected"), [
    (0.01, 0.02, 0.01, "green"), (0.01, 0.02, 0.011, "amber"), (0.01, 0.02, 0.02, "amber"),
    (0.01, 0.02, 0.021, "red"), (0.6, 0.3, 0.6, "green"), (0.6, 0.3, 0.59, "amber"), (0.6, 0.3, 0.3, "amber"),
    (0.6, 0.3, 0.29, "red"), (-0.1, 0.0, -0.2, "green"), (0.6, 0.3, None, "unknown")])
def test_bounds_belong_to_the_better_state(green, red, value, expected):
    assert state(goal(green=green, red=red), value) == expected


def test_a_state_is_certain_if_the_whole_interval_has_it(facts):
    row = goal_row(facts.db, goal(green=0.04, red=0.05), facts.written, DS)
    assert (row["state"], row["is_certain"], row["is_overdue"]) == ("green", True, False)
    row = goal_row(facts.db, goal(green=0.02, red=0.03), facts.written, DS)
    assert (row["state"], row["is_certain"]) == ("green", False)


def test_a_goal_is_overdue_from_the_day_after_it_was_due(facts):
    late = DS - dt.timedelta(days=1)
    assert not goal_row(facts.db, goal(green=0.001, red=0.002), facts.written, DS)["is_overdue"]
    assert goal_row(facts.db, goal(green=0.001, red=0.002, due=late), facts.written, DS)["is_overdue"]
    assert not goal_row(facts.db, goal(green=0.04, red=0.05, due=late), facts.written, DS)["is_overdue"]
