"""Overrides on both clocks: known from their arrival on, in force on their days, and about the rows they name."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.inputs.tables import OVERRIDES
from jobs.decisions.overrides import overrides_in_force, with_overrides
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, ago, at
from tests.support.ingested_days import land, rows, taken_in


def delivered(key, created=9, first=9, last=3, **change):
    """An override as it lands; numbers are days before today."""
    return {"override_id": key, "created_at": f"{ago(created)} 08:00:00", "entity": "seller", "entity_id": "s1",
            "effect": "exempt", "from_day": str(ago(first)), "until_day": str(ago(last)), **change}


# By days before today on which they arrive.
ARRIVALS = {
    9: [delivered("early"), delivered("changed"), delivered("unknown", entity_id="nobody")],
    7: [delivered("late"), delivered("changed", created=7, last=6), delivered("early"),
        delivered("endless", until_day=None), delivered("reversed", first=3, last=9)],
    1: [delivered("too late")],
}


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory):
    """Overrides of three days, ingested one by one."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("overrides"))})
    for back, lines in sorted(ARRIVALS.items(), reverse=True):
        land(config, "overrides", ago(back), *lines)
        taken_in(spark, config, config.lake, [ago(back)], run=f"day-{back}")
    return Lake(config.lake)


def in_force(lake, back):
    return set(overrides_in_force(lake, ago(back))["override_id"].to_pylist())


def test_an_override_counts_from_its_arrival_and_on_its_days_alone(lake):
    assert {back: in_force(lake, back) for back in (10, 9, 8, 7, 6, 5, 3, 2, 0)} == {
        10: set(),
        9: {"early", "changed", "unknown"},
        8: {"early", "changed", "unknown"},                # late has begun, and has not arrived
        7: {"early", "changed", "unknown", "late"},
        6: {"early", "changed", "unknown", "late"},        # the last day of the changed one belongs to it
        5: {"early", "unknown", "late"},
        3: {"early", "unknown", "late"},                   # the last day of the others
        2: set(),
        0: set(),                                          # "too late" arrived when its days were over
    }


def test_an_override_without_an_end_or_ending_before_it_begins_is_quarantined(lake):
    aside = {json.loads(row["raw"])["override_id"]: row["rules"] for row in rows(lake.root, "quarantine")}
    assert aside == {"endless": ["until_day is present"],
                     "reversed": ["the override ends on or after its first day"]}


# About which rows

SCHEMA = arrow_schema(catalog.events("overrides"))
ROWS = (("seller", "s1", "brushing"), ("seller", "s1", "click_farm"), ("seller", "s2", "brushing"),
        ("user", "s1", "refund_abuse"))
SCORED = pa.Table.from_pylist([{"entity": entity, "entity_id": key, "risk": risk, "score": 0.5}
                               for entity, key, risk in ROWS])


def held(key, **change):
    """A stored override that is in force today."""
    return dict.fromkeys(SCHEMA.names) | {
        "override_id": key, "created_at": at(ago(3)), "entity": "seller", "entity_id": "s1", "effect": "exempt",
        "from_day": ago(9), "until_day": ago(-9), "ds": ago(2), **change}


def found(*overrides):
    """The override of each scored row."""
    return with_overrides(SCORED, pa.Table.from_pylist(list(overrides), SCHEMA))["override_id"].to_pylist()


def test_an_override_without_a_risk_is_about_all_risks_of_its_entity():
    assert found(held("all")) == ["all", "all", None, None]
    assert found(held("one", risk="click_farm")) == [None, "one", None, None]
    assert found(held("user", entity="user")) == [None, None, None, "user"]


def test_an_override_of_an_unknown_entity_changes_nothing():
    assert with_overrides(SCORED, pa.Table.from_pylist([held("x", entity_id="nobody")], SCHEMA)) == with_overrides(
        SCORED, SCHEMA.empty_table())
    assert found() == [None] * 4


@pytest.mark.parametrize("first, second", [
    (held("b", effect="force", action="a", ds=ago(1), created_at=at(ago(4))), held("a")),
    (held("b", effect="force", action="a", created_at=at(ago(2))), held("a")),
    (held("b"), held("a", effect="force", action="a")),
    (held("a"), held("b")),
    (held("b", ds=ago(1)), held("a", risk="brushing")),
], ids=["arrived last", "written last", "exempts", "smallest id", "of all risks"])
def test_of_two_overrides_of_a_row_the_first_of_these_counts(first, second):
    assert found(first, second)[0] == found(second, first)[0] == first["override_id"]


def test_a_forced_action_is_named_and_an_exemption_holds_for_every_action():
    for effect, action in (("force", "hold_payouts"), ("exempt", None)):
        row = with_overrides(SCORED, pa.Table.from_pylist(
            [held("o1", effect=effect, action="hold_payouts", risk="brushing")], SCHEMA)).to_pylist()[0]
        assert (row["override_effect"], row["override_action"], row["score"]) == (effect, action, 0.5)


OVERRIDES_OF_DAYS = st.lists(
    st.builds(held, st.sampled_from("abcdef"), ds=st.integers(0, 3).map(ago),
              created_at=st.integers(4, 6).map(lambda back: at(ago(back))),
              entity=st.sampled_from(["seller", "user"]), entity_id=st.sampled_from(["s1", "s2", "x"]),
              risk=st.sampled_from([None, "brushing", "refund_abuse"]), effect=st.sampled_from(["exempt", "force"])),
    max_size=8, unique_by=lambda row: row["override_id"])


@given(OVERRIDES_OF_DAYS)
def test_every_row_stays_once_in_its_place_with_the_override_of_a_plain_loop(overrides):
    joined = with_overrides(SCORED, pa.Table.from_pylist(overrides, SCHEMA))
    assert joined.select(SCORED.column_names) == SCORED
    for row in joined.to_pylist():
        about = [o for o in overrides if (o["entity"], o["entity_id"]) == (row["entity"], row["entity_id"])
                 and o["risk"] in (None, row["risk"])]
        about.sort(key=lambda o: (o["ds"], o["created_at"], o["effect"] == "exempt", -ord(o["override_id"])))
        assert row["override_id"] == (about[-1]["override_id"] if about else None)


def test_overrides_of_a_lake_without_any_are_none(lake, tmp_path):
    assert overrides_in_force(Lake(str(tmp_path)), TODAY).num_rows == 0
    assert OVERRIDES.name in lake.tables()
