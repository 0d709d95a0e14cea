"""Rows of effect_daily of a switchback: which blocks count, what is planted, and when the state is decided."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from jobs.decisions import open_money, switchback_design
from jobs.decisions.experiment_files import POLICY, Arm
from jobs.decisions.policy_files import read_policies
from jobs.effects.switchback_effects import rows
from jobs.runtime import console
from jobs.storage.catalog import EFFECT_DAILY, EXPERIMENT_UNITS
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import at
from tests.support.policy_folders import SWITCHBACK, changed, policy_folder

FIRST = dt.date(2026, 1, 1)
LAST = FIRST + dt.timedelta(days=69)  # five sets of two blocks
END = LAST + dt.timedelta(days=1 + 3)  # the figures of `orders` and `trade_cents` are final
REGIONS = ("east", "north", "south")
ORDERS = changed(changed(changed(SWITCHBACK, '"loss_cents"', '"orders"'), '["trade_cents"]', "[]"),
                 "last_day = 2026-12-30", f"last_day = {LAST}")


def market(folder, effect: int = -10, carry_days: int = 0, arms: tuple = (), last_region_from: int = 0):
    """Land orders of three regions: 40 a day, and `effect` of them where the policy acts.

    Args:
        carry_days: first days of a block on which the arm of the block before acts.
        arms: in the place of those of the file.
        last_region_from: block from which on the last region is there.

    Returns:
        The experiment, its units, and the lake.
    """
    (experiment,) = read_policies(policy_folder(folder / "policies", {"experiments/turns.toml": ORDERS})).experiments
    experiment = replace(experiment, arms=arms or experiment.arms)
    rng, orders, units = np.random.default_rng(1), {}, []
    for place, region in enumerate(REGIONS):
        since = FIRST + dt.timedelta(days=7 * last_region_from) if region == REGIONS[-1] else FIRST
        for number in range((since - FIRST).days, 70):
            ds, event_day = (FIRST + dt.timedelta(days=number + more) for more in (0, 1))
            acting_on = ds - dt.timedelta(days=7) if number % 7 < carry_days and number >= 7 else ds
            arm = switchback_design.arm(experiment, region, acting_on).name
            count = 40 + 5 * place + rng.integers(-4, 5) + (effect if arm == "treated" else 0)
            orders.setdefault(event_day, []).extend(
                {"order_id": f"{region}{number}-{each}", "ordered_at": at(event_day), "user_id": "u1",
                 "seller_id": f"s-{region}", "quantity": 1, "amount_cents": 100, "ds": event_day}
                for each in range(count))
            if number % 7 == 0:
                units += switchback_design.rows(experiment, ds, [region], "r1")
    land(folder / "lake", "sellers", [{"seller_id": f"s-{region}", "registered_at": at(FIRST), "region": region,
                                       "ds": FIRST} for region in REGIONS])
    for of_day in orders.values():
        land(folder / "lake", "orders", of_day)
    return experiment, pa.Table.from_pylist(units, arrow_schema(EXPERIMENT_UNITS)), Lake(str(folder / "lake"))


def effects(made, ds=END, **changes) -> dict[str, dict]:
    """Return the rows by estimator, of one arm and metric."""
    experiment, units, lake = made
    with connect() as db:
        open_money.attach(db, lake, ds)
        found = rows(db, replace(experiment, **changes), units, ds)
    pa.Table.from_pylist([row | {"run_id": "r1"} for row in found], arrow_schema(EFFECT_DAILY))
    return {row["estimator"]: row for row in found}


@pytest.fixture(scope="module")
def fewer(tmp_path_factory):
    """A market in which the policy takes ten orders a day from a region."""
    return market(tmp_path_factory.mktemp("market"))


def test_the_effect_of_a_night_holds_what_was_planted(fewer):
    found = effects(fewer)
    assert found.keys() == {"switchback, by block", "switchback, by block and day", "switchback, carry-over"}
    by_block = found["switchback, by block"]
    assert by_block["lo"] < -10 < by_block["hi"] < -8 and by_block["p"] < 0.001
    assert (by_block["units"], by_block["clusters"], by_block["mature_share"]) == (30, 15, 1)
    assert by_block["arm"] == "treated" and by_block["srm_p"] == 1
    assert found["switchback, carry-over"]["lo"] < 0 < found["switchback, carry-over"]["hi"]
    assert {row["seq_lo"] for row in found.values()} == {None}


def test_only_sets_whose_blocks_are_all_final_count(fewer):
    before = END - dt.timedelta(days=1)
    assert effects(fewer, before)["switchback, by block"]["units"] == 24
    assert effects(fewer, before)["switchback, by block"]["mature_share"] == pytest.approx(0.9)
    assert effects(fewer, FIRST + dt.timedelta(days=14)) == {}


def test_the_state_is_decided_when_all_figures_are_final(fewer):
    assert {row["state"] for row in effects(fewer, END - dt.timedelta(days=1)).values()} == {"running"}
    assert {row["state"] for row in effects(fewer).values()} == {"stop"}  # fewer orders are worse
    turned = effects(fewer, control="treated")
    assert {(row["arm"], row["state"]) for row in turned.values()} == {("holdout", "ship")}
    assert turned["switchback, by block"]["effect"] == -effects(fewer)["switchback, by block"]["effect"]


def test_a_burn_in_that_is_too_short_is_said(tmp_path, capsys):
    with console.shown():
        made = market(tmp_path, carry_days=3)
        short = effects(made, burn_in_days=1)
        said = "the arm of the block before still shows after 1 days. The burn-in is too short"
        assert said in capsys.readouterr().out
        long = effects(made, burn_in_days=3)
        assert "too short" not in capsys.readouterr().out
    assert short["switchback, by block"]["effect"] > -8.5
    assert long["switchback, by block"]["lo"] < -10 < long["switchback, by block"]["hi"]


def test_a_region_that_came_later_counts_from_its_first_whole_set_on(tmp_path):
    found = effects(market(tmp_path, last_region_from=3))["switchback, by block"]
    assert (found["units"], found["clusters"]) == (20 + 6, 13) and found["lo"] < -10 < found["hi"]


def test_each_arm_is_compared_with_the_control_within_sets_of_three(tmp_path):
    arms = (Arm("holdout", "nothing", None), Arm("treated", POLICY, None), Arm("second", POLICY, None))
    experiment, units, lake = market(tmp_path, arms=arms)
    with connect() as db:
        open_money.attach(db, lake, END)
        found = {(row["arm"], row["estimator"]): row for row in rows(db, experiment, units, END)}
    treated, second = (found[arm, "switchback, by block"] for arm in ("treated", "second"))
    assert treated["effect"] == pytest.approx(-10, abs=1) and treated["hi"] < -8
    assert second["lo"] < 0 < second["hi"]
    assert (treated["units"], treated["clusters"]) == (18, 9)
