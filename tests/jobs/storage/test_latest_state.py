"""The latest state of a day: what arrives later changes nothing, and plain Python finds the same rows."""

import datetime as dt
import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.inputs.tables import APPEALS, OVERRIDES, REVIEW_SAMPLES
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.latest_state import latest_state, stored_state
from tests.support.builders import TODAY, YESTERDAY, ago, at


def rows_of(table, rows) -> pa.Table:
    schema = arrow_schema(catalog.events(table.name))
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema)


def appeal(key, ds, outcome="open", **change):
    decided = None if outcome == "open" else at(ds, 9)
    return {"appeal_id": key, "filed_at": at(ago(20), 8), "entity": "seller", "entity_id": "s1", "outcome": outcome,
            "decided_at": decided, "ds": ds, **change}


def outcomes(rows, as_of):
    found = latest_state(rows_of(APPEALS, rows), APPEALS, as_of)
    return dict(zip(found["appeal_id"].to_pylist(), found["outcome"].to_pylist()))


def test_an_appeal_is_open_until_the_day_on_which_its_decision_arrives():
    rows = [appeal("p1", ago(4)), appeal("p1", ago(2), "upheld"), appeal("p2", ago(1))]
    assert [outcomes(rows, ago(n)) for n in (5, 4, 3, 2, 1)] == [
        {}, {"p1": "open"}, {"p1": "open"}, {"p1": "upheld"}, {"p1": "upheld", "p2": "open"}]


def test_the_state_that_arrived_last_counts_although_it_happened_earlier():
    rows = [appeal("p1", YESTERDAY, "upheld"),
            appeal("p1", TODAY, "rejected", filed_at=at(ago(21)), decided_at=at(ago(9)))]
    assert outcomes(rows, TODAY) == {"p1": "rejected"}


@pytest.mark.parametrize("table, first, second", [
    (APPEALS, appeal("p1", TODAY, "rejected"), appeal("p1", TODAY)),
    (APPEALS, appeal("p1", TODAY, "upheld"), appeal("p1", TODAY, "rejected")),
    (APPEALS, appeal("p1", TODAY, "rejected", decided_at=at(TODAY, 10)), appeal("p1", TODAY, "upheld")),
    (APPEALS, appeal("p1", TODAY, filed_at=at(ago(19))), appeal("p1", TODAY, "upheld")),
    (OVERRIDES, {"override_id": "o1", "created_at": at(TODAY), "effect": "exempt", "until_day": ago(-9), "ds": TODAY},
     {"override_id": "o1", "created_at": at(TODAY), "effect": "force", "until_day": TODAY, "ds": TODAY}),
    (OVERRIDES, {"override_id": "o1", "created_at": at(TODAY, 13), "effect": "force", "ds": TODAY},
     {"override_id": "o1", "created_at": at(TODAY, 12), "effect": "exempt", "ds": TODAY}),
    (REVIEW_SAMPLES, {"sample_id": "d1", "drawn_at": at(TODAY), "verdict": True, "reviewed_at": at(TODAY), "ds": TODAY},
     {"sample_id": "d1", "drawn_at": at(TODAY), "ds": TODAY}),
    (REVIEW_SAMPLES, {"sample_id": "d1", "drawn_at": at(TODAY), "verdict": False, "reviewed_at": at(TODAY),
                      "ds": TODAY},
     {"sample_id": "d1", "drawn_at": at(TODAY), "verdict": True, "reviewed_at": at(TODAY), "ds": TODAY}),
], ids=lambda value: getattr(value, "name", ""))
def test_of_two_states_of_one_day_the_first_of_these_counts(table, first, second):
    for rows in ([first, second], [second, first]):
        (found,) = latest_state(rows_of(table, rows), table, TODAY).to_pylist()
        assert found == dict.fromkeys(found) | first


DAYS = st.integers(0, 12).map(ago)
APPEALS_OF_DAYS = st.lists(st.builds(lambda key, ds, outcome, hour: appeal(
    f"p{key}", ds, outcome, filed_at=at(ago(20), hour), decided_at=None if outcome == "open" else at(ds, hour)),
    st.integers(0, 3), DAYS, st.sampled_from(["open", "upheld", "rejected"]), st.integers(1, 2)), max_size=30)


def plainly(rows, as_of):
    """The latest row of each key, by a loop."""
    best = {}
    for row in (row for row in rows if row["ds"] <= as_of):
        decided = row["decided_at"] or at(dt.date(1970, 1, 1))
        rank = (row["ds"], row["filed_at"], decided, row["outcome"] == "upheld")
        if row["appeal_id"] not in best or rank > best[row["appeal_id"]][0]:
            best[row["appeal_id"]] = rank, row
    return {key: row["outcome"] for key, (_, row) in best.items()}


@given(APPEALS_OF_DAYS, DAYS, st.randoms())
def test_generated_states_are_those_of_plain_python_in_any_order(rows, as_of, draw):
    shuffled = draw.sample(rows, len(rows))
    assert outcomes(shuffled, as_of) == plainly(rows, as_of)


@given(APPEALS_OF_DAYS, DAYS, st.data())
def test_what_arrives_later_changes_no_earlier_day(rows, as_of, data):
    later = data.draw(APPEALS_OF_DAYS.map(lambda more: [row for row in more if row["ds"] > as_of]))
    assert outcomes(rows + later, as_of) == outcomes(rows, as_of)


def test_rows_have_the_types_of_the_lake_in_the_order_of_keys():
    rows = [appeal(f"p{n}", TODAY) for n in random.Random(1).sample(range(10), 10)]
    found = latest_state(rows_of(APPEALS, rows), APPEALS, TODAY)
    assert found.schema == arrow_schema(catalog.events("appeals"))
    assert found["appeal_id"].to_pylist() == [f"p{n}" for n in range(10)]


def test_a_table_that_never_arrived_has_no_rows(lake):
    found = stored_state(lake, APPEALS, TODAY)
    assert (found.num_rows, found.schema) == (0, arrow_schema(catalog.events("appeals")))
