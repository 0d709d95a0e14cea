"""The loop of decisions and consequences: which actions of the simulation a week's decisions ask for."""

import datetime as dt

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from features.entities import FEATURE_SETS
from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from jobs.settings import REPOSITORY, load_settings
from jobs.simulate import action_files
from jobs.studies import decision_loop
from jobs.studies.decision_loop import COLUMNS, asked, world_action

MONDAY, SUNDAY = dt.date(2026, 11, 2), dt.date(2026, 11, 8)


def decision(day=MONDAY, **other):
    return {"ds": day, "mode": "live", "entity": "seller", "entity_id": "s000001", "risk": "brushing",
            "action": "hold_payouts", "suppressed_by": None, "sampled_with": None, "decision_id": f"d-{day}"} | other


@pytest.mark.parametrize(("entity", "action", "expected"), [
    ("seller", "hold_payouts", "stop"), ("user", "limit_orders", "stop"), ("order", "hold_parcel", "hold"),
    ("order", "review", "review"), ("user", "review_again", "review"), ("creator", "watch", "watch"),
    ("seller", "reviewed_by_bank", "stop")])
def test_an_action_of_a_ladder_has_an_action_of_the_simulation(entity, action, expected):
    assert world_action(entity, action) == expected


def test_every_shipped_ladder_has_actions_that_the_simulation_carries_out():
    policies = read_policies(REPOSITORY / "policies").policies
    words = {(policy.entity, world_action(policy.entity, action.action)) for policy in policies
             for action in policy.ladder}
    allowed = {entity: action_files.ON_ORDERS if entity == "order" else action_files.ON_OTHERS
               for entity in FEATURE_SETS}
    assert {entity for entity, _ in words} == set(FEATURE_SETS)
    assert all(word in allowed[entity] for entity, word in words)


def test_a_decision_becomes_an_action_of_the_day_on_which_it_is_handed_over():
    row, = asked([decision()], SUNDAY)
    assert row == {"ds": SUNDAY, "entity": "seller", "entity_id": "s000001", "risk": "brushing", "action": "stop",
                   "asked": "hold_payouts", "decision_id": f"d-{MONDAY}"}
    assert set(row) <= set(COLUMNS)


@pytest.mark.parametrize("other", [
    {"mode": "shadow"}, {"suppressed_by": "cooldown"}, {"suppressed_by": "capacity"}, {"action": "none"}])
def test_a_decision_that_does_not_act_asks_for_nothing(other):
    assert asked([decision(**other)], SUNDAY) == []


def test_of_equal_decisions_the_latest_counts():
    rows = asked([decision(SUNDAY), decision(MONDAY), decision(MONDAY, action="review", decision_id="other")], SUNDAY)
    assert sorted(row["decision_id"] for row in rows) == [f"d-{SUNDAY}", "other"]


def test_a_drawn_row_asks_for_a_random_review_whether_it_acts_or_not():
    rows = asked([decision(sampled_with=0.25), decision(sampled_with=0.5, action="none", decision_id="quiet"),
                  decision(sampled_with=0.5, mode="shadow", decision_id="shadow")], SUNDAY)
    assert [(row["action"], row["decision_id"], row.get("inclusion_probability")) for row in rows] == [
        ("stop", f"d-{MONDAY}", None), ("sample", f"d-{MONDAY}", 0.25), ("sample", "quiet", 0.5)]


def test_a_home_with_tables_is_refused(tmp_path, monkeypatch, lake):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    write_deltalake(f"{load_settings().lake}/orders", pa.table({"ds": ["2026-11-02"]}))
    with pytest.raises(UserError, match="1 tables; the loop begins in an empty home"):
        decision_loop.main(["--until", "2026-11-20"])
