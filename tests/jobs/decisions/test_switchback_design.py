"""The design of a switchback: blocks, and arms that take turns in each region in an order that a hash draws."""

import datetime as dt
import hashlib
from dataclasses import replace

import pytest

from jobs.decisions import switchback_design
from jobs.decisions.policy_files import read_policies
from tests.support.policy_folders import SWITCHBACK, policy_folder

FIRST = dt.date(2026, 1, 1)
REGIONS = [f"r{number}" for number in range(200)]


@pytest.fixture
def experiment(tmp_path):
    (found,) = read_policies(policy_folder(tmp_path, {"experiments/turns.toml": SWITCHBACK})).experiments
    return found


def arms(experiment, region: str) -> str:
    """Return the first letters of a region's arms, a letter a block."""
    return "".join(switchback_design.arm(experiment, region, FIRST + dt.timedelta(days=7 * block)).name[0]
                   for block in range(8))


def test_a_block_begins_every_seven_days_from_the_first_day_on(experiment):
    assert switchback_design.first_day(experiment, FIRST + dt.timedelta(days=6)) == FIRST
    assert switchback_design.first_day(experiment, FIRST + dt.timedelta(days=7)) == dt.date(2026, 1, 8)
    assert len({switchback_design.arm(experiment, "north", FIRST + dt.timedelta(days=day)) for day in range(7)}) == 1


def test_each_pair_of_blocks_has_both_arms_in_an_order_that_is_drawn(experiment):
    orders = [arms(experiment, region) for region in REGIONS]
    pairs = [order[place:place + 2] for order in orders for place in range(0, 8, 2)]
    assert set(pairs) == {"ht", "th"} and len(set(orders)) == 16
    assert 350 < pairs.count("ht") < 450


def test_the_order_is_that_of_the_digests_of_region_day_and_arm(experiment):
    def number(arm: str) -> str:
        return hashlib.sha256(f"one|north|2026-01-15|{arm}".encode()).hexdigest()[:16]

    first = min(("holdout", "treated"), key=number)
    assert switchback_design.arm(experiment, "north", dt.date(2026, 1, 16)).name == first
    assert switchback_design.arm(experiment, "north", dt.date(2026, 1, 23)).name != first


def test_each_of_three_arms_has_its_turn_in_all_orders(experiment):
    third = replace(experiment.arms[1], name="other")
    three = replace(experiment, arms=(*experiment.arms, third))
    orders = [arms(three, region)[:3] for region in REGIONS]
    assert len(set(orders)) == 6 and all(set(order) == {"h", "t", "o"} for order in orders)


def test_another_salt_or_first_day_deals_anew_and_is_another_version(experiment):
    for other in (replace(experiment, salt="two"), replace(experiment, first_day=FIRST - dt.timedelta(days=7))):
        assert [arms(experiment, region) for region in REGIONS] != [arms(other, region) for region in REGIONS]
        assert other.version != experiment.version
    assert replace(experiment, last_day=dt.date(2027, 1, 1)).version == experiment.version


def test_a_unit_is_a_region_and_the_first_day_of_its_block(experiment):
    one, other = switchback_design.rows(experiment, dt.date(2026, 1, 10), ["so|uth", "north"], "r1")
    assert (one["unit"], other["unit"]) == ("north|2026-01-08", "so|uth|2026-01-08")
    assert switchback_design.region_of(other["unit"]) == "so|uth"
    assert (one["members"], one["propensity"], one["first_ds"], one["ds"]) == (
        [], 0.5, dt.date(2026, 1, 8), dt.date(2026, 1, 10))
