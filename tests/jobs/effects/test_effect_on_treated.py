"""The effect on the treated: planted sums in its interval where the mean effect's interval is too narrow."""

import numpy as np
import pytest

from jobs.effects.effect_on_treated import effect_on_controls, effect_on_treated
from jobs.effects.mean_difference import mean_difference

NONE = np.zeros((400, 0))


def stopped(seed: int, share: float = 0.5):
    """Losses with a heavy tail, of which a stop takes away nine tenths: (outcome, treated, without, with, stratum)."""
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, 2, 400)
    without = rng.lognormal(2 + stratum, 0.8)
    treated = rng.random(400) < np.where(stratum, share, share + 0.3)
    return np.where(treated, 0.1 * without, without), treated, without, 0.1 * without, stratum


def test_the_interval_holds_what_the_treated_and_the_controls_would_have_had():
    held = {"treated": 0, "controls": 0}
    for seed in range(150):
        outcome, treated, without, acted, stratum = stopped(seed)
        columns = stratum[:, None].astype(float)
        on_treated = effect_on_treated(outcome, treated, columns, stratum)
        on_controls = effect_on_controls(outcome, treated, columns, stratum)
        held["treated"] += on_treated.low <= (acted - without)[treated].mean() <= on_treated.high
        held["controls"] += on_controls.low <= (acted - without)[~treated].mean() <= on_controls.high
    assert held["treated"] >= 138 and held["controls"] >= 135, held


def test_the_error_of_the_mean_effect_is_too_small_for_the_treated():
    inside = 0
    for seed in range(400):
        outcome, treated, without, acted, stratum = stopped(seed)
        one = stratum == 1
        of = mean_difference(outcome[one], treated[one])
        inside += of.low <= (acted - without)[one & treated].mean() <= of.high
    assert inside < 345


def test_without_covariates_it_is_the_difference_of_means_with_the_controls_variance():
    outcome, treated = np.array([1.0, 2, 3, 10, 20, 30]), np.arange(6) < 3
    of = effect_on_treated(outcome, treated, np.zeros((6, 0)), draws=0)
    assert of.effect == pytest.approx(-18)
    assert of.error == pytest.approx(np.sqrt(100 / 3 + 100 / 3)) and of.df == 2
    on_controls = effect_on_controls(outcome, treated, np.zeros((6, 0)))
    assert on_controls.effect == pytest.approx(-18) and on_controls.error == pytest.approx(np.sqrt(2 / 3))
    assert on_controls.low < -18 < on_controls.high


def test_a_covariate_takes_away_what_it_explains():
    held = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        before, treated = rng.normal(size=400), rng.random(400) < 0.5
        outcome = 5 * before + 0.1 * rng.normal(size=400) - 3 * treated
        of = effect_on_treated(outcome, treated, before[:, None])
        held += of.low < -3 < of.high
        assert of.error < 0.02
    assert held >= 72


def test_a_stratum_without_controls_is_refused():
    with pytest.raises(ValueError, match="no control"):
        effect_on_treated(np.arange(6.0), np.arange(6) < 3, np.zeros((6, 0)), np.array([0, 0, 1, 0, 0, 0]))


def test_the_interval_excludes_what_its_p_value_rejects():
    outcome, treated, *_ = stopped(3)
    of = effect_on_treated(outcome, treated, NONE)
    at_the_end = effect_on_treated(outcome - np.where(treated, of.high, 0), treated, NONE)
    assert of.p < 0.01 and at_the_end.p == pytest.approx(0.05, abs=0.005)


def test_many_units_are_left_to_the_t_distribution():
    rng = np.random.default_rng(5)
    outcome, treated = rng.exponential(size=20_000), rng.random(20_000) < 0.5
    assert np.isfinite(effect_on_treated(outcome, treated, np.zeros((20_000, 0))).df)


def test_controls_with_equal_outcomes_borrow_the_spread_of_the_treated():
    outcome, treated = np.array([0.0, 0, 3, 5, 7, 0]), np.array([False, False, True, True, True, False])
    of = effect_on_treated(outcome, treated, np.zeros((6, 0)))
    assert of.effect == pytest.approx(5) and of.error == pytest.approx(np.sqrt(4 * 2 / 3)) and of.low < 0 < of.high
    nothing = effect_on_treated(np.zeros(6), treated, np.zeros((6, 0)))
    assert (nothing.low, nothing.high, nothing.p) == (0, 0, 1)
