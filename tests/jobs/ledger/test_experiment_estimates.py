"""What experiments say of money: units of each arm, metrics that contain each other, and what is compared with what."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.decisions.experiment_files import NOTHING, POLICY, Arm, Experiment
from jobs.ledger.estimates import Z
from jobs.ledger.experiment_estimates import measuring_trade, of_experiments
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from tests.support.builders import TODAY

LATER = TODAY + dt.timedelta(days=40)
EFFECT = {"experiment": "e", "experiment_version": "v", "metric": "loss_cents", "estimator": "on the treated",
          "arm": "treated", "effect": -30.0, "lo": -50.0, "hi": -10.0, "state": "running"}
HELD = Arm("holdout", NOTHING, (0.1, 0.1))
TREATED, SECOND = Arm("treated", POLICY, None), Arm("second", POLICY, (0.2, 0.2))


def experiment(name="e", arms=(HELD, TREATED), control="holdout", risks=("refund_abuse",)) -> Experiment:
    return Experiment(name, Path("e.toml"), "user", risks, "live", "group", "s", "users", TODAY, LATER, "true", 14,
                      "loss_cents", (), (), 1.0, None, control, arms)


def told(*effects, of=None, arms=(("treated", 4), ("holdout", 2)), first=TODAY) -> dict:
    """Rows by account and party: estimate, low, high."""
    of = of or experiment()
    units = pa.Table.from_pylist([
        {"experiment": "e", "experiment_version": version, "unit": f"{version}{arm}{number}", "arm": arm,
         "first_ds": first} for version in ("v", "old") for arm, count in arms for number in range(count)],
        arrow_schema(catalog.EXPERIMENT_UNITS))
    table = pa.Table.from_pylist([EFFECT | effect for effect in effects], arrow_schema(catalog.EFFECT_DAILY))
    rows = list(of_experiments(table, units, {of.name: of}))
    assert all(row["experiment"] == "e" and row["incurred_ds"] == first.replace(day=1) for row in rows)
    return {(row["account"], row["borne_by"]): (row["estimate"], row["lo"], row["hi"]) for row in rows}


def test_the_effect_counts_for_each_unit_of_the_arm_and_of_the_holdout():
    half = 20 * Z / 1.959963984540054
    found = told({}, {"estimator": "on the controls", "effect": -40.0, "lo": -60.0, "hi": -20.0},
                 {"estimator": "difference of means", "effect": 9.0}, {"metric": "appeals", "effect": 5.0})
    assert found["prevented", "platform"] == pytest.approx((120, 4 * (30 - half), 4 * (30 + half)))
    assert found["holdout_cost", "platform"] == pytest.approx((80, 2 * (40 - half), 2 * (40 + half)))
    assert set(found) == {("prevented", "platform"), ("holdout_cost", "platform")}


def test_a_loss_that_two_metrics_count_is_one_loss_and_incentives_are_another():
    found = told({}, {"metric": "case_paid_cents", "effect": -20.0}, {"metric": "incentive_cents", "effect": -1.0})
    assert found["prevented", "platform"][0] == 4 * 31
    assert told({"metric": "case_paid_cents", "effect": -20.0})["prevented", "platform"][0] == 80


def test_lost_trade_is_friction_of_sellers():
    trade = {"metric": "kept_trade_cents", "effect": -8.0, "lo": -10.0, "hi": -6.0}
    found = told({}, trade)
    assert found["false_positive_friction", "seller"][0] == 32 and found["prevented", "platform"][0] == 120
    of_honest = told({}, trade, trade | {"metric": "honest_trade_cents", "effect": -7.0, "lo": -8.0})
    assert of_honest["false_positive_friction", "seller"][0] == 28
    assert measuring_trade(pa.Table.from_pylist([EFFECT | trade], arrow_schema(catalog.EFFECT_DAILY))) == {"e"}


def test_each_arm_counts_its_own_units_and_the_holdout_misses_what_the_policy_does():
    of = experiment(arms=(HELD, SECOND, TREATED))
    on_controls = [{"estimator": "on the controls", "effect": -20.0}, {"estimator": "on the controls", "arm": "second"}]
    found = told({}, {"arm": "second", "effect": -10.0}, *on_controls, of=of,
                 arms=(("treated", 4), ("second", 3), ("holdout", 2)))
    assert found["prevented", "platform"][0] == 4 * 30 + 3 * 10
    assert found["holdout_cost", "platform"][0] == 2 * 20


def test_nothing_is_said_where_counts_do_not_fit_or_nobody_is_held_out_or_the_file_is_gone():
    assert told({"state": "blocked"}) == {}
    assert told({}, of=experiment(arms=(SECOND, TREATED), control="second")) == {}
    assert told({}, of=experiment("another")) == {}
