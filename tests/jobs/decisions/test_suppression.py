"""Cooldowns."""

import datetime as dt

import pyarrow as pa
import pytest

from jobs.decisions.suppression import cooling_down
from tests.support.builders import TODAY, ago, at

TWO_DAYS_AGO, THREE_DAYS_AGO = ago(2), ago(3)
DECISION = pa.schema([("ds", pa.date32()), *[(name, pa.string()) for name in (
    "policy", "mode", "entity", "entity_id", "risk", "level", "action", "suppressed_by", "decision_id")]])
TAKEN = pa.schema([("decision_id", pa.string()), ("entity", pa.string()), ("entity_id", pa.string()),
                   ("risk", pa.string()), ("action", pa.string()), ("executed", pa.bool_()),
                   ("taken_at", pa.timestamp("us", "UTC"))])


def decision(ds=THREE_DAYS_AGO, level="high", action="review", policy="seller", suppressed_by=None, name="d1",
             mode="live"):
    return {"ds": ds, "policy": policy, "mode": mode, "entity": "seller", "entity_id": "s1", "risk": "brushing",
            "level": level, "action": action, "suppressed_by": suppressed_by, "decision_id": name}


def taken(executed: bool, decision_id: str | None = "d1", day: dt.date = TWO_DAYS_AGO, action="review"):
    return {"decision_id": decision_id, "entity": "seller", "entity_id": "s1", "risk": "brushing", "action": action,
            "executed": executed, "taken_at": at(day)}


def cooling(decisions: list[dict], operators: list[dict] = (), days: int = 7,
            shadow: str | None = None) -> dict[str, int]:
    found = cooling_down(pa.Table.from_pylist(decisions, DECISION), pa.Table.from_pylist(list(operators), TAKEN),
                         shadow, days, TODAY)
    return {row["action"]: row["level_rank"] for row in found.to_pylist()}


def test_an_action_cools_down_at_its_highest_level():
    assert cooling([decision(level="medium"), decision(ds=ago(2), level="high")]) == {"review": 2}


@pytest.mark.parametrize(("days_ago", "cools"), [(7, True), (8, False), (1, True), (0, False)])
def test_a_cooldown_of_seven_days_ends_on_the_eighth(days_ago, cools):
    assert bool(cooling([decision(ds=ago(days_ago))])) == cools


def test_a_decision_that_was_suppressed_starts_no_cooldown():
    assert cooling([decision(suppressed_by="capacity")]) == {}


def test_a_cooldown_lasts_under_another_policy_too():
    assert cooling([decision(policy="strict")]) == cooling([decision()]) != {}


def test_decisions_of_a_shadow_count_for_that_shadow_alone():
    one = [decision(policy="strict", mode="shadow")]
    assert cooling(one) == cooling(one, shadow="other") == {}
    assert cooling(one, shadow="strict") != {}
    assert cooling([decision()], shadow="strict") != {}  # what was really done counts for it as well


def test_a_decision_that_was_never_carried_out_starts_no_cooldown():
    assert cooling([decision()], [taken(executed=False)]) == {}
    assert cooling([decision()], [taken(executed=False), taken(executed=True)]) == {"review": 2}


def test_an_operator_who_acted_alone_starts_a_cooldown_at_any_level():
    assert cooling([], [taken(executed=True, decision_id=None)]) == {"review": 3}
    assert cooling([], [taken(executed=True, decision_id=None, day=ago(9))]) == {}
