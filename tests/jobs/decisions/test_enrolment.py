"""Nights with an experiment: who enters with which arm, what held-out rows say, and what is never changed."""

import random

import pytest

from jobs.decisions import backtest
from jobs.decisions.policy_files import read_policies
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, YESTERDAY, at
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
from tests.support.policy_folders import EXPERIMENT, SELLER, changed, policy_folder
from tests.support.scored_lake import scored


def test_every_row_that_would_get_an_action_enters(tmp_path):
    nights = Nights(tmp_path).scored(0.2).decide()
    units = nights.units()
    assert units.keys() == set(NAMES)
    held = {name for name, unit in units.items() if unit["arm"] == "holdout"}
    assert 30 < len(held) < 90
    assert {(row["entity_id"] in held, row["suppressed_by"], row["action"], row["arm"], row["experiment"],
             row["propensity"]) for row in nights.rows()} == {
        (True, "holdout", "review", "holdout", "payouts", 0.15), (False, None, "review", "treated", "payouts", 0.85)}


def test_critical_rows_confirmed_ones_and_overrides_do_not_enter(tmp_path):
    nights = Nights(tmp_path).scored({"s000": 0.2, "s001": 0.7, "s002": 0.05, "s003": 0.2, "s004": 0.2},
                                     names=NAMES[:5])
    land(nights.lake, "verdicts", [{
        "verdict_id": "v", "decided_at": at(TODAY), "entity": "seller", "entity_id": "s003", "risk": "brushing",
        "confirmed": True, "incident_from": TODAY, "incident_to": TODAY, "loss_cents": 1, "ds": TODAY}])
    land(nights.lake, "overrides", [{
        "override_id": "o", "created_at": at(TODAY), "entity": "seller", "entity_id": "s004", "risk": None,
        "effect": "exempt", "action": None, "from_day": TODAY, "until_day": TOMORROW, "reason": "x", "author_id": "a",
        "ds": TODAY}])
    assert nights.decide().units().keys() == {"s000"}


def test_a_forced_action_enters_nobody_and_is_carried_out_in_a_holdout_too(tmp_path):
    nights = Nights(tmp_path, changed(UNLIMITED, "[0.15, 0.01]", "0.9")).scored(0.2, names=NAMES[:60])
    land(nights.lake, "overrides", [override("s000", "force", action="review")])
    held = {name for name, unit in nights.decide().units().items() if unit["arm"] == "holdout"}
    assert "s000" not in nights.units() and len(held) > 40
    land(nights.lake, "overrides", [override(name, "force", TOMORROW, "review") for name in sorted(held)[:5]])
    nights.scored(0.2, TOMORROW, NAMES[:60]).decide(TOMORROW)
    words = {row["entity_id"]: row["suppressed_by"] for row in nights.rows(days=[TOMORROW]) if row["entity_id"] in held}
    assert {words.pop(name) for name in sorted(held)[:5]} == {None} and set(words.values()) == {"holdout"}


def test_a_held_out_row_says_holdout_also_where_minutes_lack(tmp_path):
    nights = Nights(tmp_path, changed(UNLIMITED, "[0.15, 0.01]", "0.9")).scored(0.2, names=NAMES[:60]).decide()
    held = {name for name, unit in nights.units().items() if unit["arm"] == "holdout"}
    nights.policies = read_policies(policy_folder(tmp_path / "policies", {
        "queues.toml": changed(MANY, "100_000", "20"), "seller.toml": SELLER + REVIEW,
        "experiments/payouts.toml": changed(UNLIMITED, "[0.15, 0.01]", "0.9")}))
    nights.scored(0.2, TOMORROW, NAMES[:60]).decide(TOMORROW)
    assert {row["suppressed_by"] for row in nights.rows(days=[TOMORROW]) if row["entity_id"] in held} == {"holdout"}


def test_a_row_that_minutes_do_not_suffice_for_does_not_enter(tmp_path):
    nights = Nights(tmp_path, **{"queues.toml": changed(MANY, "100_000", "40")}).scored(0.2).decide()
    assert len(nights.units()) == 2


def test_others_get_the_minutes_of_held_out_rows(tmp_path):
    nights = Nights(tmp_path, **{"queues.toml": changed(MANY, "100_000", "2_000")}).scored(0.2).decide()
    held = [row for row in nights.rows() if row["suppressed_by"] == "holdout"]
    acts = [row for row in nights.rows() if row["suppressed_by"] is None]
    assert len(nights.units()) == 100 and held and len(acts) == 100
    assert {row["arm"] for row in acts} == {"treated", None}  # who moved up is in no experiment


def test_a_group_has_one_arm(tmp_path):
    groups = [NAMES[start:start + 4] for start in range(0, len(NAMES), 4)]
    nights = linked(Nights(tmp_path), *groups).scored(0.2).decide()
    assert {unit: row["members"] for unit, row in nights.units().items()} == {group[0]: group for group in groups}
    arm = {row["entity_id"]: row["arm"] for row in nights.rows()}
    assert all(len({arm[name] for name in group}) == 1 for group in groups) and set(arm.values()) == {
        "holdout", "treated"}


def test_a_unit_keeps_its_arm_when_its_score_changes_or_groups_merge(tmp_path):
    groups = [NAMES[start:start + 2] for start in range(0, len(NAMES), 2)]
    nights = linked(Nights(tmp_path), *groups).scored(0.2).decide()
    before = {row["entity_id"]: row["arm"] for row in nights.rows()}
    linked(nights, NAMES[:40], day=TODAY)
    nights.scored(0.55, TOMORROW).decide(TOMORROW)
    after = {row["entity_id"]: row["arm"] for row in nights.rows(days=[TOMORROW])}
    assert nights.units(TOMORROW) == {} and after == before
    held = [row for row in nights.rows(days=[TOMORROW]) if row["arm"] == "holdout"]
    assert held and {row["suppressed_by"] for row in held} == {"holdout"}


def test_who_joins_a_group_later_gets_its_arm_and_is_no_member(tmp_path):
    nights = linked(Nights(tmp_path), *[[name, f"x{name}"] for name in NAMES]).scored(0.2).decide()
    linked(nights, *[[name, f"x{name}", f"y{name}"] for name in NAMES], day=TODAY)
    nights.scored(0.2, TOMORROW, [f"y{name}" for name in NAMES]).decide(TOMORROW)
    arm = {name: unit["arm"] for name, unit in nights.units().items()}
    assert {row["entity_id"]: row["arm"] for row in nights.rows(days=[TOMORROW])} == {
        f"y{name}": arm[name] for name in NAMES}
    assert all(unit["members"] == [name, f"x{name}"] for name, unit in nights.units().items())


def test_a_critical_row_of_a_held_out_unit_gets_its_action(tmp_path):
    nights = Nights(tmp_path).scored(0.2).decide().scored(0.7, TOMORROW).decide(TOMORROW)
    assert {row["suppressed_by"] for row in nights.rows(days=[TOMORROW]) if row["arm"] == "holdout"} == {None}


def test_a_holdout_ends_with_its_window(tmp_path):
    nights = Nights(tmp_path, changed(UNLIMITED, "window_days = 14", "window_days = 1")).scored(0.2).decide()
    nights.scored(0.2, TOMORROW).decide(TOMORROW)
    assert {row["arm"] for row in nights.rows(days=[TOMORROW])} == {None}
    assert nights.units(TOMORROW) == {}  # and nobody enters a second time


def test_the_cap_on_the_expected_loss_stops_both_arms(tmp_path):
    cap = changed(EXPERIMENT, "1_000_000", "30_000")
    nights = Nights(tmp_path, cap).scored(0.2).decide()
    units = nights.units().values()
    lost = sum(unit["expected_loss_cents"] for unit in units if unit["arm"] == "holdout")
    assert 0 < lost <= 30_000 and 0 < len(units) < len(NAMES)
    assert {unit["expected_loss_cents"] for unit in units} == {0.2 * 20_000 * 0.7 * 2}


@pytest.mark.slow
def test_the_cap_does_not_prefer_an_arm(tmp_path):
    # A unit's own arm does not say whether it enters: the share of the holdout among the entered is as planned.
    held = total = 0
    for number in range(60):
        text = changed(changed(EXPERIMENT, "1_000_000", "30_000"), 'salt = "one"', f'salt = "s{number}"')
        text = changed(text, "[0.15, 0.01]", "0.15")
        units = Nights(tmp_path / str(number), text).scored(0.2, names=NAMES[:60]).decide().units().values()
        held, total = held + sum(unit["arm"] == "holdout" for unit in units), total + len(units)
    assert abs(held / total - 0.15) < 3 * (0.15 * 0.85 / total) ** 0.5


def test_covariates_are_those_of_the_day_before_the_action(tmp_path):
    nights = Nights(tmp_path).scored({"s000": 0.2, "s001": 0.3}, names=NAMES[:2], s000={"order_amount_30d": 100},
                                     s001={"order_amount_30d": 300})
    (unit,) = linked(nights, NAMES[:2]).decide().units().values()
    assert {each["name"]: each["value"] for each in unit["covariates"]} == {"score": 0.3, "order_amount_30d": 200}
    assert (unit["stratum"], unit["first_ds"], unit["ds"]) == (1, TODAY, TODAY)


def test_a_policy_with_a_share_holds_rows_out_without_a_file(tmp_path):
    nights = Nights(tmp_path, changed(EXPERIMENT, '"live"', '"retired"'),
                    **{"seller.toml": changed(SELLER + REVIEW, "holdout = 0.0", "holdout = 0.2")}).scored(0.2).decide()
    held = [row for row in nights.rows() if row["suppressed_by"] == "holdout"]
    assert 40 < len(held) < 120 and {row["experiment"] for row in nights.rows()} == {"seller.holdout"}


def test_days_again_and_in_other_order_of_rows_are_the_same(tmp_path):
    def digests(folder, shuffle, *runs):
        return digests_of_two_nights(linked(Nights(folder), NAMES[:30]), 0.3, NAMES, shuffle, runs)

    one = digests(tmp_path / "a", lambda names: None, [TODAY], [TOMORROW])
    assert digests(tmp_path / "b", random.Random(1).shuffle, [TODAY, TOMORROW]) == one
    assert digests(tmp_path / "c", random.Random(2).shuffle, [TODAY], [TOMORROW], [TODAY], [TOMORROW]) == one


def test_an_earlier_day_again_changes_nothing_also_where_its_cap_left_units_for_the_next(tmp_path):
    nights = Nights(tmp_path, changed(EXPERIMENT, "1_000_000", "30_000"), **{
        "seller.toml": changed(SELLER + REVIEW, "cooldown_days = 7", "cooldown_days = 0")})
    nights.scored(0.2).scored(0.2, TOMORROW).decide().decide(TOMORROW)
    lake = Lake(str(nights.lake))
    before = [row_checksum(lake, table, [TODAY, TOMORROW]) for table in ("decision_daily", "experiment_units")]
    assert nights.units() and nights.units(TOMORROW)
    nights.decide(run="again")
    lake = Lake(str(nights.lake))
    assert [row_checksum(lake, table, [TODAY, TOMORROW]) for table in ("decision_daily", "experiment_units")] == before


def test_an_earlier_day_that_has_changed_takes_no_unit_from_a_later_one(tmp_path):
    nights = Nights(tmp_path).scored(0.05).scored(0.2, TOMORROW).decide().decide(TOMORROW)
    nights.scored(0.2).decide(run="again")
    assert nights.units() == {} and nights.units(TOMORROW).keys() == set(NAMES)
    assert {row["arm"] for row in nights.rows()} == {None}


@pytest.mark.parametrize("experiment", [UNLIMITED, changed(UNLIMITED, "window_days = 14", "window_days = 1")])
def test_a_back_test_of_the_live_policies_repeats_the_holdout(tmp_path, experiment):
    nights = Nights(tmp_path, experiment).scored(0.2, YESTERDAY).scored(0.2)
    nights.decide(YESTERDAY).decide()
    lake = Lake(str(nights.lake), "r1")
    (found,) = backtest.decisions(lake, [YESTERDAY, TODAY], nights.policies, [None])
    columns = ["ds", "entity_id", "risk", "action", "suppressed_by", "experiment", "arm"]
    kept = lake.arrow("decision_daily", [YESTERDAY, TODAY]).to_table().select(columns)
    order = [(name, "ascending") for name in ("ds", "entity_id", "risk")]
    assert found.select(columns).sort_by(order).to_pylist() == kept.sort_by(order).to_pylist()


CLICKS = changed(changed(UNLIMITED, '["brushing"]', '["click_farm"]'), 'salt = "one"', 'salt = "two"')


@pytest.mark.parametrize("layer, both", [("sellers", 0), ("others", 60)])
def test_a_unit_is_in_one_experiment_of_a_layer_at_a_time_whatever_their_risks(tmp_path, layer, both):
    nights = Nights(tmp_path, **{
        "experiments/second.toml": changed(CLICKS, 'layer = "sellers"', f'layer = "{layer}"'),
        "seller.toml": changed(SELLER + REVIEW, "click_farm = 0", "click_farm = 20_000")})
    names = NAMES[:60]
    scored(nights.lake, "seller", {name: {"brushing": 0.2 if number < 30 else 0.05, "click_farm": 0.2}
                                   for number, name in enumerate(names)})
    nights.decide()
    units = [(row["experiment"], row["unit"]) for row in nights.rows("experiment_units")]
    assert {name for experiment, name in units if experiment == "payouts"} == set(names[:30])
    second = {name for experiment, name in units if experiment == "second"}
    assert second == set(names if both else names[30:])
    scored(nights.lake, "seller", {name: {"brushing": 0.2, "click_farm": 0.2} for name in names}, TOMORROW)
    nights.decide(TOMORROW)
    assert {row["experiment"] for row in nights.rows("experiment_units", [TOMORROW])} == (
        {"payouts"} if both else set())
