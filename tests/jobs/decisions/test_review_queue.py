"""The reviewers' list: entries, their order, and what they say."""

import pyarrow as pa
import pytest

from jobs.decisions import review_queue
from jobs.decisions.day_facts import open_day
from jobs.decisions.day_state import DayState
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, at
from tests.support.scored_lake import scored

ROW = {"ds": TODAY, "policy": "seller", "mode": "live", "entity": "seller", "risk": "brushing", "score": 0.7,
       "action": "review", "stops": 0.7, "queue": "shops", "suppressed_by": None, "sampled_with": None,
       "value_cents": 100.0, "minutes": 10.0}


@pytest.fixture
def state(tmp_path):
    """Return a function that gives the state of a day on which some sellers have scores."""
    opened = []

    def of(*sellers: str, payout: dict[str, str] | None = None, reasons=None) -> DayState:
        scored(tmp_path, "seller", {name: {"brushing": 0.7} for name in sellers}, reasons=reasons)
        if payout:
            land(tmp_path, "sellers", [{"seller_id": name, "registered_at": at(TODAY), "payout_id": account,
                                        "ds": TODAY} for name, account in payout.items()])
        db = connect()
        opened.append(db)
        return DayState(open_day(db, Lake(str(tmp_path)), TODAY), decisions(), {}, {})
    yield of
    for db in opened:
        db.close()


def decisions(*rows: dict) -> pa.Table:
    schema = pa.schema([field for field in arrow_schema(catalog.DECISION_DAILY) if field.name != "rank_in_queue"])
    return pa.Table.from_pylist([{"decision_id": f"d{number}", **ROW, **row} for number, row in enumerate(rows)],
                                schema)


def listed(state: DayState, *rows: dict) -> list[dict]:
    return review_queue.table(state, review_queue.entries(state, decisions(*rows))).to_pylist()


def test_reviews_are_ordered_by_value_per_minute(state):
    found = listed(state("s1", "s2", "s3"), {"entity_id": "s1", "value_cents": 100.0},
                   {"entity_id": "s2", "value_cents": 90.0, "minutes": 2.0}, {"entity_id": "s3", "value_cents": 300.0})
    assert [(row["rank"], row["entity_id"]) for row in found] == [(1, "s2"), (2, "s3"), (3, "s1")]


def test_each_queue_has_its_own_ranks(state):
    found = listed(state("s1", "s2"), {"entity_id": "s1"}, {"entity_id": "s2", "queue": "others"})
    assert [(row["queue"], row["rank"]) for row in found] == [("others", 1), ("shops", 1)]


def test_the_risks_of_an_entity_are_one_review(state):
    (row,) = listed(state("s1"), {"entity_id": "s1"}, {"entity_id": "s1", "risk": "click_farm", "value_cents": 500.0})
    assert (row["risks"], row["minutes"], row["value_cents"]) == (["click_farm", "brushing"], 20.0, 600.0)


def test_a_ring_is_one_review_and_names_its_members(state):
    found = listed(state("s1", "s2", "s3", payout={"s1": "b1", "s2": "b1", "s3": "b2"}), {"entity_id": "s1"},
                   {"entity_id": "s2", "value_cents": 900.0}, {"entity_id": "s3"})
    assert [(row["entity_id"], row["ring"], row["members"]) for row in found] == [
        ("s2", "s1", ["s2", "s1"]), ("s3", None, ["s3"])]
    assert found[0]["why"].endswith("linked over shared identifiers to 1 more of today's reviews")


def test_a_review_of_an_order_tells_what_its_buyer_may_want_too(tmp_path):
    told = {"risk": "return", "reason": "many returns", "feature": "f", "value": 1.0, "contribution": 1.0}
    land(tmp_path, "order_scores", [{"order_id": "o1", "ds": TODAY, "return_score": 0.7, "reasons": [],
                                     "after_sales_reasons": [told], "model_versions": []}])
    land(tmp_path, "order_features", [{"order_id": "o1", "ds": TODAY}])
    with connect() as db:
        day = DayState(open_day(db, Lake(str(tmp_path)), TODAY), decisions(), {}, {})
        (row,) = listed(day, {"entity": "order", "entity_id": "o1", "risk": "return"})
    assert "many returns" in row["why"]


@pytest.mark.parametrize("change", [{"suppressed_by": "capacity", "minutes": 0.0}, {"mode": "shadow"},
                                    {"action": "watch", "minutes": 0.0}])
def test_a_row_that_takes_no_minutes_is_not_listed(state, change):
    assert listed(state("s1"), {"entity_id": "s1"} | change) == []


def test_a_random_review_comes_first_and_does_not_say_what_is_suspected(state):
    drawn = {"entity_id": "s2", "sampled_with": 0.01, "action": "none", "stops": 0.0, "value_cents": 0.0}
    found = listed(state("s1", "s2", reasons={"s2": [("brushing", "few buyers")]}), {"entity_id": "s1"}, drawn)
    assert [(row["entity_id"], row["sampled"]) for row in found] == [("s2", True), ("s1", False)]
    assert found[0]["why"] == review_queue.RANDOM


def test_the_strongest_action_of_an_entry_is_named(state):
    (row,) = listed(state("s1"), {"entity_id": "s1", "value_cents": 900.0},
                    {"entity_id": "s1", "risk": "click_farm", "action": "hold_payouts", "stops": 0.9})
    assert row["action"] == "hold_payouts"


def test_a_quote_in_an_identifier_does_not_end_the_query(state):
    (row,) = listed(state("s'1"), {"entity_id": "s'1"})
    assert row["links"] == ["select * from seller_risk_daily where seller_id = 's''1' order by ds"]


def test_every_decision_of_an_entry_has_its_rank(state):
    day = state("s1", "s2", "s3")
    rows = decisions({"entity_id": "s1"}, {"entity_id": "s1", "risk": "click_farm"}, {"entity_id": "s2"},
                     {"entity_id": "s3", "suppressed_by": "capacity", "minutes": 0.0})
    ranks = review_queue.with_ranks(rows, review_queue.entries(day, rows))["rank_in_queue"].to_pylist()
    assert ranks == [1, 1, 2, None]
