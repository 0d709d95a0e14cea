"""Effects of an experiment: planted truth with shares that fall with the score, maturity, and the states."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from jobs.decisions.experiment_files import STRATA, stratum
from jobs.decisions.policy_files import read_policies
from jobs.effects.experiment_effects import (
    ADJUSTED,
    BOOTSTRAP,
    ESTIMATORS,
    MEANS,
    PER_ACCOUNT,
    PERMUTATION,
    RATIO,
    WINSORISED,
    rows,
    sample_ratio,
)
from jobs.storage.catalog import EXPERIMENT_UNITS
from jobs.storage.catalog.arrow_types import arrow_schema
from tests.support.builders import TODAY
from tests.support.policy_folders import EXPERIMENT, changed, policy_folder

OVER = dt.date(2028, 1, 1)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    return of(tmp_path_factory.mktemp("policies"))


def of(folder, *changes):
    text = EXPERIMENT
    for old, new in changes:
        text = changed(text, old, new)
    return read_policies(policy_folder(folder, {"experiments/one.toml": text})).experiments[0]


def planted(experiment, seed: int, effect: float, size: int = 1_500, noise: float = 30.0, mature: float = 1.0):
    """Units and their outcomes: losses rise with the score, and so does the share that is treated."""
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.1, 0.6, size)
    band = stratum(score)
    treated = rng.random(size) >= experiment.shares[band, 0]
    before = 300 * score + rng.normal(0, noise, size)
    value = 400 * score + 0.8 * before + effect * treated + rng.normal(0, noise, size)
    names = [f"u{number:05}" for number in range(size)]
    units = pa.Table.from_pylist([
        {"unit": name, "arm": "treated" if acted else "holdout", "stratum": int(of_band), "members": [name],
         "propensity": float(experiment.shares[of_band, int(acted)]), "first_ds": TODAY, "ds": TODAY,
         "covariates": [{"name": "score", "value": float(one)}]}
        for name, acted, of_band, one in zip(names, treated, band, score)], arrow_schema(EXPERIMENT_UNITS))
    return units, pa.table({
        **{name: units[name] for name in ("unit", "arm", "propensity", "stratum", "first_ds")}, "value": value,
        "before": before, "mature": rng.random(size) < mature, "members": np.ones(size, int),
        "denominator": np.ones(size), "guilty": np.zeros(size, bool)})


def estimated(experiment, units, outcomes, ds=TODAY, **others) -> dict:
    metrics = (experiment.metric, *experiment.guard_rails)
    found = rows(experiment, units, {metric: others.get(metric, outcomes) for metric in metrics}, ds)
    return {(row["metric"], row["estimator"]): row for row in found}


def test_intervals_hold_the_planted_effect_although_shares_fall_with_the_score(experiment):
    held = dict.fromkeys(ESTIMATORS, 0)
    for seed in range(200):
        found = estimated(experiment, *planted(experiment, seed, -20.0, size=600))
        for name in (MEANS, ADJUSTED):
            held[name] += found["loss_cents", name]["lo"] <= -20.0 <= found["loss_cents", name]["hi"]
    assert held[MEANS] >= 180 and held[ADJUSTED] >= 180


def test_the_plain_difference_compares_other_scores(experiment):
    units, outcomes = planted(experiment, 1, -20.0)
    treated, value = np.array(units["arm"].to_pylist()) == "treated", outcomes["value"].to_numpy()
    assert value[treated].mean() - value[~treated].mean() > 10  # the wrong sign
    row = estimated(experiment, units, outcomes)["loss_cents", MEANS]
    assert row["lo"] < -20 < row["hi"] < 0


def test_covariates_cut_the_variance_that_they_explain(experiment):
    row = estimated(experiment, *planted(experiment, 2, 0.0, size=4_000))["loss_cents", ADJUSTED]
    # Within a stratum the outcome's variance is 0.8^2 30^2 + 30^2 + 640^2 width^2 / 12; only the noise of 30 stays.
    width = 0.5 / STRATA
    within = 0.64 * 900 + 900 + 640 ** 2 * width ** 2 / 12
    assert row["variance_cut"] == pytest.approx(1 - 900 / within, abs=0.1)


def test_only_final_figures_count(experiment):
    row = estimated(experiment, *planted(experiment, 3, 0.0, mature=0.5))["loss_cents", WINSORISED]
    assert row["units"] < 900 and row["mature_share"] == pytest.approx(0.5, abs=0.05)
    assert estimated(experiment, *planted(experiment, 3, 0.0, mature=0.0)) == {}


def test_a_stratum_without_two_units_of_an_arm_is_left_out(experiment):
    units, outcomes = planted(experiment, 4, 0.0, size=150)
    row = estimated(experiment, units, outcomes)["loss_cents", MEANS]
    arm, band = np.array(units["arm"].to_pylist()), units["stratum"].to_numpy()
    whole = [each for each in range(STRATA) if min(((band == each) & (arm == one)).sum() for one in set(arm)) >= 2]
    assert len(whole) < STRATA and row["units"] == np.isin(band, whole).sum()


def with_columns(table: pa.Table, **columns) -> pa.Table:
    return pa.table({name: columns.get(name, table[name]) for name in table.column_names})


def test_a_ratio_holds_the_planted_one_although_shares_fall_with_the_score(tmp_path):
    of_ratio, held, plain = of(tmp_path, ('metric = "loss_cents"', 'metric = "cases_per_order"')), 0, []
    for seed in range(200):
        units, outcomes = planted(of_ratio, seed, 0.0, size=600)
        rng, treated = np.random.default_rng(seed), np.array(units["arm"].to_pylist()) == "treated"
        score = np.array([row[0]["value"] for row in units["covariates"].to_pylist()])
        orders = rng.poisson(3 + 10 * score)
        cases = rng.binomial(orders, 0.1 + 0.4 * score - 0.05 * treated)
        outcomes = with_columns(outcomes, value=cases.astype(float), denominator=orders.astype(float))
        row = estimated(of_ratio, units, outcomes, trade_cents=planted(of_ratio, seed, 0.0, size=600)[1])[
            "cases_per_order", RATIO]
        held += row["lo"] <= -0.05 <= row["hi"]
        plain.append(cases[treated].sum() / orders[treated].sum() - cases[~treated].sum() / orders[~treated].sum())
    assert held >= 184 and np.mean(plain) > -0.03


def test_only_ratios_have_a_ratio_and_only_means_the_others(tmp_path):
    of_ratio = of(tmp_path, ('metric = "loss_cents"', 'metric = "cases_per_order"'))
    units, outcomes = planted(of_ratio, 8, 0.0)
    outcomes = with_columns(outcomes, denominator=np.full(1_500, 2.0))
    found = estimated(of_ratio, units, outcomes)
    assert {name for metric, name in found if metric == "cases_per_order"} == {RATIO}
    assert RATIO not in {name for metric, name in found if metric == "trade_cents"}
    assert not {name for metric, name in estimated(of_ratio, units, with_columns(
        outcomes, denominator=np.zeros(1_500))) if metric == "cases_per_order"}


def test_per_account_divides_by_the_accounts_of_a_group(experiment):
    units, outcomes = planted(experiment, 9, 0.0)
    accounts = np.random.default_rng(9).integers(1, 6, 1_500)
    treated = np.array(units["arm"].to_pylist()) == "treated"
    outcomes = with_columns(outcomes, members=accounts, value=accounts * (50.0 - 7 * treated))
    row = estimated(experiment, units, outcomes)["loss_cents", PER_ACCOUNT]
    assert row["effect"] == pytest.approx(-7) and row["hi"] - row["lo"] == pytest.approx(0, abs=1e-9)


def test_few_units_are_read_by_the_bootstrap_and_every_metric_has_a_permutation_p(experiment):
    units, outcomes = planted(experiment, 3, -80.0, size=1_500)
    few = pa.array([number < 60 for number in range(1_500)])
    found = estimated(experiment, units.filter(few), outcomes.filter(few))
    assert found["loss_cents", BOOTSTRAP]["units"] < 40 and found["loss_cents", BOOTSTRAP]["mde"] is None
    many = estimated(experiment, units, outcomes)
    assert ("loss_cents", BOOTSTRAP) not in many
    assert many["loss_cents", PERMUTATION]["p"] == 0.001 and many["loss_cents", PERMUTATION]["lo"] is None
    same = estimated(experiment, *planted(experiment, 5, 0.0))
    assert same["loss_cents", PERMUTATION]["p"] > 0.05  # other scores are no effect


def state(experiment, units, outcomes, ds=TODAY, **others):
    (found,) = {row["state"] for row in estimated(experiment, units, outcomes, ds, **others).values()}
    return found


def test_states(experiment):
    units, none = planted(experiment, 5, 0.0)
    assert state(experiment, units, none) == "running"
    better, worse = (planted(experiment, 5, effect)[1] for effect in (-60.0, 60.0))
    # More trade is better, fewer losses and appeals are.
    assert state(experiment, units, better, trade_cents=none) == "ship"
    assert state(experiment, units, worse, trade_cents=none) == "stop"
    assert state(experiment, units, better, trade_cents=better) == "stop"  # a guard-rail became worse
    assert state(experiment, units, none, OVER) == "stop"


def test_a_mismatch_of_the_counts_blocks_all_else(experiment):
    units, outcomes = planted(experiment, 6, -60.0)
    assert sample_ratio(experiment, units) > 0.001
    keep = pa.array([arm != "holdout" or bool(number % 2) for number, arm in enumerate(units["arm"].to_pylist())])
    assert state(experiment, units.filter(keep), outcomes.filter(keep), trade_cents=outcomes.filter(keep)) == "blocked"


def test_before_a_hundred_units_of_the_smaller_arm_the_sequence_says_nothing(experiment):
    row = estimated(experiment, *planted(experiment, 7, -60.0, size=500))["loss_cents", WINSORISED]
    assert row["seq_lo"] is None and row["lo"] < -60 < row["hi"]
