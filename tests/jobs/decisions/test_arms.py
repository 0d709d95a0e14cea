"""Nights whose arms have another policy: which policy decides which row, and that who enters does not depend on it."""

import random

import pytest

from jobs.decisions import backtest, frontier_points
from jobs.decisions.policy_files import read_policies
from jobs.storage.lake import Lake
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, at
from tests.support.experiment_nights import (
    MANY,
    NAMES,
    REVIEW,
    TOMORROW,
    UNLIMITED,
    Nights,
    digests_of_two_nights,
    linked,
    override,
)
from tests.support.policy_folders import SELLER, changed, policy_folder

FEW = NAMES[:80]
# Looks at everybody from 0.1 on, where the live policy looks from 0.3 on.
STRICT = changed(SELLER, '"live"', '"shadow"') + changed(changed(REVIEW, '"review"', '"call"'), "= 20", "= 5")
LIVE = SELLER + changed(REVIEW, "score >= 0.1", "score >= 0.3")
OTHER = 'does = "other policy"\npolicy = "strict"'
TWO = changed(changed(changed(UNLIMITED, "[arms.holdout]\ndoes = \"nothing\"", f"[arms.other]\n{OTHER}"),
                      'control = "holdout"', 'control = "treated"'), "[0.15, 0.01]", "0.5")
THREE = changed(UNLIMITED, "[arms.treated]", f"[arms.other]\n{OTHER}\nshare = 0.4\n\n[arms.treated]")


def nights_of(folder, experiment=TWO, **files) -> Nights:
    return Nights(folder, experiment, **{"seller.toml": LIVE, "strict.toml": STRICT} | files)


def decided(nights, *days) -> dict[str, set]:
    """Return by arm the (policy, action, suppressed_by) of its live rows."""
    found: dict[str, set] = {}
    for row in nights.rows(days=days or (TODAY,)):
        if row["mode"] == "live":
            found.setdefault(row["arm"], set()).add((row["policy"], row["action"], row["suppressed_by"]))
    return found


def test_each_arm_is_decided_by_its_own_policy_and_no_row_is_written_twice(tmp_path):
    nights = nights_of(tmp_path).scored(0.4, names=FEW).decide()
    assert decided(nights) == {"other": {("strict", "call", None)}, "treated": {("seller", "review", None)}}
    rows, strict = nights.rows(), nights.policies.policies[-1]
    live, shadow = ([row["entity_id"] for row in rows if row["mode"] == mode] for mode in ("live", "shadow"))
    arm = {name: unit["arm"] for name, unit in nights.units().items()}
    assert sorted(live) == FEW and sorted(shadow) == [name for name in FEW if arm[name] == "treated"]
    assert {(row["policy_version"], row["experiment"], row["propensity"]) for row in rows if row["mode"] == "live"
            and row["arm"] == "other"} == {(strict.version, "payouts", 0.5)}
    assert 20 < sum(each == "other" for each in arm.values()) < 60


def test_who_enters_does_not_depend_on_the_arm(tmp_path):
    scores = {name: 0.2 if number % 2 else 0.4 for number, name in enumerate(FEW)}
    nights = nights_of(tmp_path / "a").scored(scores, names=FEW).decide()
    assert nights.units().keys() == set(FEW)  # the live policy leaves 0.2 alone, the other one does not
    assert decided(nights) == {"other": {("strict", "call", None)},
                               "treated": {("seller", "review", None), ("seller", "watch", None)}}
    alone = nights_of(tmp_path / "b", changed(TWO, OTHER, 'does = "policy"')).scored(scores, names=FEW).decide()
    assert alone.units().keys() == {name for name, score in scores.items() if score == 0.4}


def test_without_a_holdout_critical_rows_enter_too(tmp_path):
    scores = {name: 0.7 if number % 2 else 0.4 for number, name in enumerate(FEW)}
    assert nights_of(tmp_path / "a").scored(scores, names=FEW).decide().units().keys() == set(FEW)
    three = nights_of(tmp_path / "b", THREE).scored(scores, names=FEW).decide()
    assert three.units().keys() == {name for name, score in scores.items() if score == 0.4}


def test_a_holdout_beside_two_policies(tmp_path):
    nights = nights_of(tmp_path, THREE).scored(0.4).decide()
    assert decided(nights) == {"holdout": {("seller", "review", "holdout")}, "other": {("strict", "call", None)},
                               "treated": {("seller", "review", None)}}


def test_rows_of_all_arms_compete_for_the_same_minutes(tmp_path):
    scores = {name: 0.3 + number / 1_000 for number, name in enumerate(FEW)}
    nights = nights_of(tmp_path, **{"queues.toml": changed(MANY, "100_000", "1_000")})
    nights.scored(scores, names=FEW).decide()
    entered = nights.units().keys()
    nights.policies = read_policies(policy_folder(tmp_path / "policies", {
        "queues.toml": changed(MANY, "100_000", "200"), "seller.toml": LIVE, "strict.toml": STRICT,
        "experiments/payouts.toml": TWO}))
    nights.scored(scores, TOMORROW, FEW).decide(TOMORROW)
    rows = [row for row in nights.rows(days=[TOMORROW]) if row["mode"] == "live" and row["entity_id"] in entered]
    acts = [row for row in rows if row["minutes"]]
    assert 0 < sum(row["minutes"] for row in acts) <= 200 and {row["suppressed_by"] for row in rows} >= {"cooldown"}
    assert len(nights.rows("review_queue_daily", [TOMORROW])) == len(acts)


def test_the_cheaper_minutes_of_one_arm_leave_more_for_the_others(tmp_path):
    nights = nights_of(tmp_path, **{"queues.toml": changed(MANY, "100_000", "400")}).scored(0.4, names=FEW).decide()
    acts = [row for row in nights.rows() if row["mode"] == "live" and row["minutes"]]
    calls = [row for row in acts if row["policy"] == "strict"]
    # As many minutes suffice for a call of everybody: all of them entered, and calls come first at one price.
    assert len(nights.units()) == 80 and len(calls) == sum(unit["arm"] == "other" for unit in nights.units().values())
    assert len(acts) - len(calls) == (400 - 5 * len(calls)) // 20 > 0


def test_what_either_policy_did_starts_a_cooldown(tmp_path):
    nights = nights_of(tmp_path).scored(0.4, names=FEW).decide().scored(0.4, TOMORROW, FEW).decide(TOMORROW)
    assert decided(nights, TOMORROW) == {"other": {("strict", "call", "cooldown")},
                                         "treated": {("seller", "review", "cooldown")}}
    shadow = {row["suppressed_by"] for row in nights.rows(days=[TOMORROW]) if row["mode"] == "shadow"}
    assert shadow == {"cooldown"} and nights.units(TOMORROW) == {}


def test_a_shadow_that_only_wished_leaves_a_unit_free_to_enter(tmp_path):
    late = changed(TWO, "first_day = 2026-01-01", f"first_day = {TOMORROW}")
    nights = nights_of(tmp_path, late).scored(0.2, names=FEW).decide().scored(0.2, TOMORROW, FEW).decide(TOMORROW)
    assert nights.units() == {} and nights.units(TOMORROW).keys() == set(FEW)
    assert decided(nights, TOMORROW)["other"] == {("strict", "call", None)}


def test_confirmed_rows_overrides_and_forced_actions_have_their_words_in_every_arm(tmp_path):
    nights = nights_of(tmp_path).scored(0.4, names=FEW).decide()
    confirmed, exempt, forced = [name for name, unit in sorted(nights.units().items()) if unit["arm"] == "other"][:3]
    land(nights.lake, "verdicts", [{
        "verdict_id": "v", "decided_at": at(TOMORROW), "entity": "seller", "entity_id": confirmed, "risk": "brushing",
        "confirmed": True, "incident_from": TODAY, "incident_to": TODAY, "loss_cents": 1, "ds": TOMORROW}])
    land(nights.lake, "overrides", [override(exempt, "exempt", TOMORROW), override(forced, "force", TOMORROW, "call")])
    nights.scored(0.4, TOMORROW, FEW).decide(TOMORROW)
    words = {row["entity_id"]: (row["policy"], row["action"], row["suppressed_by"])
             for row in nights.rows(days=[TOMORROW]) if row["mode"] == "live"}
    assert [words[name] for name in (confirmed, exempt, forced)] == [
        ("strict", "call", "confirmed"), ("strict", "call", "override"), ("strict", "call", None)]


def test_what_the_other_policy_lets_pass_counts_against_the_cap_of_the_day(tmp_path):
    lax = changed(STRICT, "stops = 0.7", "stops = 0.2")
    capped = changed(TWO, "1_000_000_000", "100_000")
    nights = nights_of(tmp_path / "a", capped, **{"strict.toml": lax}).scored(0.4, names=FEW).decide()
    cost = 0.4 * 20_000 * (0.7 - 0.2) * 2  # the window is twice the horizon of brushing
    others = sum(unit["arm"] == "other" for unit in nights.units().values())
    assert others == int(100_000 / cost) and 0 < len(nights.units()) < len(FEW)
    assert {unit["expected_loss_cents"] for unit in nights.units().values()} == {0.4 * 20_000 * 0.7 * 2}
    assert len(nights_of(tmp_path / "b", capped).scored(0.4, names=FEW).decide().units()) == len(FEW)


def test_days_again_and_in_other_order_of_rows_are_the_same(tmp_path):
    def digests(folder, shuffle, *runs):
        return digests_of_two_nights(linked(nights_of(folder), NAMES[:30]), 0.4, FEW, shuffle, runs)

    one = digests(tmp_path / "a", lambda names: None, [TODAY], [TOMORROW])
    assert digests(tmp_path / "b", random.Random(1).shuffle, [TODAY, TOMORROW]) == one
    assert digests(tmp_path / "c", random.Random(2).shuffle, [TODAY], [TOMORROW], [TODAY], [TOMORROW]) == one


@pytest.mark.parametrize("experiment", [TWO, THREE])
def test_a_back_test_of_the_live_policies_repeats_the_arms(tmp_path, experiment):
    nights = nights_of(tmp_path, experiment).scored(0.4, names=FEW).scored(0.5, TOMORROW, FEW)
    nights.decide().decide(TOMORROW)
    lake = Lake(str(nights.lake), "r1")
    (found,) = backtest.decisions(lake, [TODAY, TOMORROW], nights.policies, [None])
    columns = ["ds", "policy", "entity_id", "risk", "action", "suppressed_by", "experiment", "arm", "value_cents"]
    order = [(name, "ascending") for name in ("ds", "entity_id", "risk")]
    kept = [row for row in nights.rows(days=[TODAY, TOMORROW]) if row["mode"] == "live"]
    assert found.sort_by(order).select(columns).to_pylist() == sorted(
        ({name: row[name] for name in columns} for row in kept),
        key=lambda row: (row["ds"], row["entity_id"], row["risk"]))
    assert {"strict", "seller"} == {row["policy"] for row in kept}


def test_a_candidate_takes_the_rows_of_the_live_policy_and_leaves_the_arms(tmp_path):
    nights = nights_of(tmp_path).scored(0.4, names=FEW).decide()
    lake, strict = Lake(str(nights.lake), "r1"), nights.policies.policies[-1]
    (found,) = backtest.decisions(lake, [TODAY], nights.policies, [strict])
    assert {(row["policy"], row["arm"], row["action"]) for row in found.to_pylist()} == {
        ("seller", "treated", "call"), ("strict", "other", "call")}


def test_the_frontier_has_the_live_rows_of_all_arms(tmp_path):
    nights = nights_of(tmp_path).scored(0.4, names=FEW).decide().scored(0.4, TOMORROW, FEW).decide(TOMORROW)
    found = frontier_points.points(Lake(str(nights.lake), "r1"), "seller", [TOMORROW], nights.policies)
    assert {(row["mode"], row["policy"]) for row in found} == {("frontier", "live"), ("live", "live"),
                                                               ("shadow", "strict")}
