"""Nights of a switchback: all rows of a region have its arm of the day, and another one in the next block."""

import datetime as dt
import random

import pytest

from jobs.decisions import backtest, switchback_design
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.builders import TODAY
from tests.support.experiment_nights import NAMES, TOMORROW, Nights, linked
from tests.support.policy_folders import SELLER, SWITCHBACK, changed
from tests.support.scored_lake import scored

FEW = NAMES[:60]
NEXT_BLOCK = TODAY + dt.timedelta(days=7)
TURNS = changed(changed(SWITCHBACK, "first_day = 2026-01-01", f"first_day = {TODAY}"), "last_day = 2026-12-30",
                f"last_day = {TODAY + dt.timedelta(days=27)}")
REGIONS = {name: (None, "east", "north", "south", "west")[number % 5] for number, name in enumerate(FEW)}
# Another policy's cooldown would hide what the arm does on the second day.
WARM = changed(SELLER, "cooldown_days = 7", "cooldown_days = 0").replace("score >= 0.6 and level = 'critical'",
                                                                         "score >= 0.1")


def nights_of(folder, experiment=TURNS, **files) -> Nights:
    return Nights(folder, experiment, **{"seller.toml": WARM} | files)


def with_scores(nights, *days, score=0.4, names=FEW) -> Nights:
    for day in days or (TODAY,):
        scored(nights.lake, "seller", {name: {"brushing": score} for name in names}, day,
               {name: {"region": REGIONS[name]} for name in names})
    return nights


def by_region(nights, day=TODAY) -> dict:
    """Return by region the arm and the words of its rows; one of each."""
    found: dict = {}
    for row in nights.rows(days=[day]):
        found.setdefault(REGIONS[row["entity_id"]], set()).add((row["arm"], row["suppressed_by"], row["propensity"]))
    assert all(len(each) == 1 for each in found.values())
    return {region: next(iter(each)) for region, each in found.items()}


def test_all_rows_of_a_region_have_its_arm_of_the_day_whatever_their_group(tmp_path):
    nights = linked(with_scores(nights_of(tmp_path)), FEW).decide()
    (experiment,) = nights.policies.experiments
    arms = {region: switchback_design.arm(experiment, region, TODAY).name for region in ("east", "north", "south",
                                                                                        "west")}
    assert set(arms.values()) == {"holdout", "treated"}
    assert by_region(nights) == {None: (None, None, None)} | {
        region: (arm, "holdout" if arm == "holdout" else None, 0.5) for region, arm in arms.items()}
    assert {unit["unit"]: (unit["arm"], unit["members"]) for unit in nights.units().values()} == {
        f"{region}|{TODAY}": (arm, []) for region, arm in arms.items()}


def test_a_region_keeps_its_arm_in_a_block_and_has_the_other_one_in_the_next(tmp_path):
    nights = with_scores(nights_of(tmp_path), TODAY, TOMORROW, NEXT_BLOCK).decide().decide(TOMORROW).decide(NEXT_BLOCK)
    first, second = ({region: arm for region, (arm, *_) in by_region(nights, day).items() if region}
                     for day in (TODAY, NEXT_BLOCK))
    assert by_region(nights, TOMORROW) == by_region(nights) and nights.units(TOMORROW) == {}
    assert all(first[region] != second[region] for region in first)
    assert {unit["first_ds"] for unit in nights.units(NEXT_BLOCK).values()} == {NEXT_BLOCK}


def test_critical_rows_get_their_action_in_every_arm(tmp_path):
    nights = with_scores(nights_of(tmp_path), score=0.7).decide()
    assert {row["suppressed_by"] for row in nights.rows()} == {None}
    assert {row["arm"] for row in nights.rows()} == {None, "holdout", "treated"}


def test_accounts_above_the_cap_of_the_day_get_their_action_and_keep_the_arm(tmp_path):
    nights = with_scores(nights_of(tmp_path, changed(TURNS, "1_000_000_000", "50_000"))).decide()
    arm = [row for row in nights.rows() if row["arm"] == "holdout"]
    held = [row for row in arm if row["suppressed_by"] == "holdout"]
    assert len(held) == 50_000 // (0.4 * 20_000 * 0.8) and len(arm) > len(held)
    assert {row["action"] for row in arm} == {"hold_payouts"}
    assert {row["suppressed_by"] for row in arm} == {"holdout", None}


def test_a_region_that_comes_in_the_middle_of_a_block_has_its_arm_from_then_on(tmp_path):
    nights = with_scores(nights_of(tmp_path), names=[name for name in FEW if REGIONS[name] != "west"]).decide()
    with_scores(nights, TOMORROW).decide(TOMORROW)
    (unit,) = nights.units(TOMORROW).values()
    assert (unit["unit"], unit["first_ds"], unit["ds"]) == (f"west|{TODAY}", TODAY, TOMORROW)
    assert by_region(nights, TOMORROW)["west"][0] == unit["arm"]


def test_a_first_night_that_comes_late_takes_no_region_from_the_later_ones(tmp_path):
    nights = with_scores(nights_of(tmp_path), TODAY, TOMORROW).decide(TOMORROW)
    units, later = nights.units(TOMORROW), by_region(nights, TOMORROW)
    nights.decide()
    assert nights.units() == {} and by_region(nights) == later and nights.units(TOMORROW) == units


def test_days_again_and_in_other_order_of_rows_are_the_same(tmp_path):
    days = [TODAY, TOMORROW, NEXT_BLOCK]

    def digests(folder, shuffle, *runs):
        nights = nights_of(folder, changed(TURNS, "1_000_000_000", "50_000"))
        for day in days:
            names = list(FEW)
            shuffle(names)
            with_scores(nights, day, names=names)
        for number, of_run in enumerate(runs):
            nights.decide(*of_run, run=f"r{number}")
        lake = Lake(str(nights.lake))
        return [row_checksum(lake, table, days) for table in ("decision_daily", "experiment_units")]

    one = digests(tmp_path / "a", lambda names: None, *([day] for day in days))
    assert digests(tmp_path / "b", random.Random(1).shuffle, days) == one
    assert digests(tmp_path / "c", random.Random(2).shuffle, *([day] for day in [*days, *days])) == one


@pytest.mark.parametrize("cap", ["1_000_000_000", "50_000"])
def test_a_back_test_of_the_live_policies_repeats_the_arms(tmp_path, cap):
    nights = with_scores(nights_of(tmp_path, changed(TURNS, "1_000_000_000", cap)), TODAY, TOMORROW)
    nights.decide().decide(TOMORROW)
    lake = Lake(str(nights.lake), "r1")
    (found,) = backtest.decisions(lake, [TODAY, TOMORROW], nights.policies, [None])
    columns = ["ds", "entity_id", "risk", "action", "suppressed_by", "experiment", "arm"]
    order = [(name, "ascending") for name in ("ds", "entity_id", "risk")]
    kept = lake.arrow("decision_daily", [TODAY, TOMORROW]).to_table()
    assert found.select(columns).sort_by(order).to_pylist() == kept.select(columns).sort_by(order).to_pylist()
