"""What became of acting rows, from planted verdicts, random reviews and actions."""

import datetime as dt

import pyarrow as pa
import pytest

from jobs.decisions.open_money import attach
from jobs.decisions.outcomes import outcomes
from jobs.decisions.row_facts import RowFacts, acted_on, drawn_reviews
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at

ROW = ago(30)  # brushing: a horizon of 7 days and a delay of 10
NO_REVIEWS = arrow_schema(catalog.events("review_samples")).empty_table()
NO_ACTIONS = pa.schema([("entity", pa.string()), ("entity_id", pa.string()), ("ds", pa.date32())]).empty_table()


def after(days: int) -> dt.date:
    return ROW + dt.timedelta(days=days)


def verdict(first: int, last: int | None = None, *, loss: int | None = 700, confirmed: bool = True, decided: int = 9,
            arrived: int | None = None, **changes) -> dict:
    """A verdict about s1; days are counted from the row's day."""
    return {"verdict_id": f"v{first}/{decided}/{confirmed}", "decided_at": at(after(decided)), "entity": "seller",
            "entity_id": "s1", "risk": "brushing", "confirmed": confirmed, "incident_from": after(first),
            "incident_to": None if last is None else after(last), "loss_cents": loss,
            "ds": after(decided if arrived is None else arrived), **changes}


def review(guilty: bool | None, answered: int) -> dict:
    return {"sample_id": "d1", "drawn_at": at(ROW), "entity": "seller", "entity_id": "s1", "risk": "brushing",
            "inclusion_probability": 0.1, "verdict": guilty, "reviewed_at": at(after(answered)), "ds": after(answered)}


@pytest.fixture
def found(tmp_path):
    """Return a function that gives the outcomes of rows (days after ROW) of s1, by what had arrived by a day."""
    def of(*verdicts: dict, rows: tuple = (0,), as_of: dt.date = TODAY, reviews=NO_REVIEWS, acted=NO_ACTIONS,
           entity: str = "seller", risk: str = "brushing") -> list[dict]:
        if verdicts:
            land(tmp_path / "lake", "verdicts", verdicts)
        acting = pa.table({"ds": pa.array([after(day) for day in rows], pa.date32()), "entity": [entity] * len(rows),
                           "entity_id": ["s1"] * len(rows), "risk": [risk] * len(rows)})
        with connect() as db:
            attach(db, Lake(str(tmp_path / "lake")), as_of)
            return outcomes(db, acting, RowFacts(reviews, None, acted, None), as_of).to_pylist()
    return of


def statuses(rows: list[dict]) -> list[tuple]:
    return [(row["status"], row["loss_cents"]) for row in rows]


@pytest.mark.parametrize(("first", "last", "loss"), [
    (1, 7, 700),  # the days of the horizon
    (0, 0, None), (8, 9, None),  # the day before and the day after it
    (1, None, 700), (7, 7, 700),
    (-3, 3, 300), (0, 1, 350), (7, 13, 100), (-10, 17, 175),
])
def test_a_row_is_guilty_of_the_part_of_an_incident_within_its_horizon(found, first, last, loss):
    (row,) = found(verdict(first, last, decided=17))
    assert (row["status"], row["loss_cents"]) == (("unknown", 0) if loss is None else ("guilty", pytest.approx(loss)))


def test_an_incident_without_a_loss_makes_a_row_guilty_of_nothing(found):
    assert statuses(found(verdict(1, loss=None))) == [("guilty", 0)]


def test_losses_of_several_incidents_add_up(found):
    assert statuses(found(verdict(1), verdict(3, loss=50, decided=10))) == [("guilty", 750)]


def test_a_verdict_counts_from_its_arrival_and_not_from_its_decision(found):
    assert statuses(found(verdict(1, arrived=20), as_of=after(19))) == [("unknown", 0)]
    assert statuses(found(as_of=after(20))) == [("guilty", 700)]


def test_without_a_verdict_a_row_is_unsettled_until_horizon_and_delay_have_passed(found):
    assert statuses(found(as_of=after(16))) == [("unsettled", 0)]
    assert statuses(found(as_of=after(17))) == [("unknown", 0)]


def test_a_confirmation_that_is_taken_back_leaves_the_row_innocent_however_late(found):
    assert statuses(found(verdict(1), verdict(1, confirmed=False, decided=25))) == [("innocent", 0)]


def test_a_confirmation_after_a_reversal_stands(found):
    assert statuses(found(verdict(1, confirmed=False, decided=3), verdict(1, decided=9))) == [("guilty", 700)]


def test_a_reversal_of_the_same_instant_outranks_the_confirmation(found):
    assert statuses(found(verdict(1), verdict(1, confirmed=False))) == [("innocent", 0)]


@pytest.mark.parametrize(("decided", "status"), [(-1, "unknown"), (0, "innocent"), (17, "innocent"), (18, "unknown")])
def test_a_row_is_cleared_by_a_verdict_until_horizon_and_delay_have_passed(found, decided, status):
    assert statuses(found(verdict(1, confirmed=False, decided=decided))) == [(status, 0)]


@pytest.mark.parametrize(("guilty", "answered", "status"), [
    (False, 2, "innocent"), (False, 18, "unknown"), (True, 2, "unknown"), (None, 2, "unknown")])
def test_a_random_review_clears_a_row_and_never_makes_it_guilty(found, guilty, answered, status):
    reviews = pa.Table.from_pylist([review(guilty, answered)], NO_REVIEWS.schema)
    assert statuses(found(reviews=reviews)) == [(status, 0)]


def test_a_verdict_about_somebody_or_something_else_changes_nothing(found):
    assert statuses(found(verdict(1, entity_id="s2"), verdict(1, risk="click_farm"), verdict(1, entity="user"))) == [
        ("unknown", 0)]


def test_an_order_is_guilty_whenever_its_incident_was(found):
    order = {"entity": "order", "risk": "payment_fraud"}
    (row,) = found(verdict(-20, -20, **order), **order)
    assert (row["status"], row["loss_cents"], row["share"]) == ("guilty", 700, 1.0)
    assert statuses(found(as_of=after(13), **order)) == [("guilty", 700)]


def test_an_order_without_a_verdict_is_settled_after_its_delay(found):
    order = {"entity": "order", "risk": "payment_fraud"}
    assert [statuses(found(as_of=after(day), **order)) for day in (13, 14)] == [
        [("unsettled", 0)], [("unknown", 0)]]


def test_rows_of_one_entity_share_the_days_of_a_loss(found):
    rows = found(verdict(1, 7), rows=(0, 2, 12))
    assert statuses(rows) == [("guilty", 200), ("guilty", pytest.approx(500)), ("unknown", 0)]
    assert [row["share"] for row in rows] == [pytest.approx(2 / 7), 1.0, 1.0]


@pytest.mark.parametrize(("acted", "censored"), [(-40, True), (0, True), (7, True), (8, False)])
def test_a_row_is_censored_if_somebody_acted_until_the_end_of_its_horizon(found, acted, censored):
    actions = pa.Table.from_pylist([{"entity": "seller", "entity_id": "s1", "ds": after(acted)}], NO_ACTIONS.schema)
    assert [row["censored"] for row in found(acted=actions)] == [censored]


def test_no_rows_have_no_outcomes(found):
    assert found(verdict(1), rows=()) == []


def decided(*rows: dict) -> pa.Table:
    schema = arrow_schema(catalog.DECISION_DAILY)
    return pa.Table.from_pylist([{"ds": ROW, "mode": "live", "entity": "seller", "entity_id": "s1", "risk": "brushing",
                                  "stops": 0.5, **row} for row in rows], schema)


def test_decisions_and_operators_act_unless_nobody_carried_it_out():
    taken = pa.Table.from_pylist([
        {"action_id": "a1", "decision_id": "d2", "executed": False, "taken_at": at(ROW), "entity": "seller",
         "entity_id": "s2"},
        {"action_id": "a2", "decision_id": None, "executed": True, "taken_at": at(after(1)), "entity": "seller",
         "entity_id": "s3"}], arrow_schema(catalog.events("actions_taken")))
    rows = decided({"decision_id": "d1"}, {"decision_id": "d2", "entity_id": "s2"},
                   {"decision_id": "d4", "entity_id": "s4", "suppressed_by": "holdout"},
                   {"decision_id": "d5", "entity_id": "s5", "stops": 0.0})
    assert [(row["entity_id"], row["ds"]) for row in acted_on(rows, taken).to_pylist()] == [("s1", ROW),
                                                                                           ("s3", after(1))]


def test_a_random_review_belongs_to_the_decision_that_drew_it():
    rows = decided({"decision_id": "d1", "sampled_with": 0.2}, {"decision_id": "d2", "sampled_with": 0.3,
                                                                "entity_id": "s2"},
                   {"decision_id": "d3", "entity_id": "s3"}, {"decision_id": "d4", "ds": after(1), "sampled_with": 0.4})
    reviews = pa.Table.from_pylist([review(True, 3), review(True, 3) | {"sample_id": "another"}], NO_REVIEWS.schema)
    assert [(row["entity_id"], row["sampled_with"], row["sample_verdict"])
            for row in drawn_reviews(rows, reviews, [ROW]).to_pylist()] == [("s1", 0.2, True), ("s2", 0.3, None)]
