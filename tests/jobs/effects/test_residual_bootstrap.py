"""Studentised draws of a prediction's miss: their error, their distribution, and draws without an error."""

import numpy as np
import pytest
from scipy import stats

from jobs.effects.effect_on_treated import effect_on_treated
from jobs.effects.least_squares import fit
from jobs.effects.residual_bootstrap import Prediction, studentised


def prediction(outcome: np.ndarray, others: int, fitted: np.ndarray | None = None,
               predicted: np.ndarray | None = None) -> Prediction:
    none = np.zeros(len(outcome), int)
    return Prediction(fit(np.ones((len(outcome), 1)), outcome), none if fitted is None else fitted,
                      np.zeros(others, int) if predicted is None else predicted, np.ones(1))


def test_the_error_of_a_mean_is_that_of_a_prediction_of_another_mean():
    outcome = np.random.default_rng(1).normal(5, 2, 30)
    of = prediction(outcome, 50)
    assert of.mean == pytest.approx(outcome.mean()) and of.df == 29
    assert of.error == pytest.approx(np.sqrt(outcome.var(ddof=1) * (1 / 30 + 1 / 50)))


def test_each_stratum_counts_by_its_others():
    outcome, fitted = np.array([1.0, 3, 10, 30]), np.array([0, 0, 1, 1])
    low, high = (prediction(outcome, 3, fitted, np.array(codes)).error ** 2 for codes in ([0, 0, 0], [1, 1, 1]))
    squares = (outcome - 11) ** 2 * 4 / 3
    assert high - low == pytest.approx((squares[2:].mean() - squares[:2].mean()) / 3)


def test_draws_of_normal_outcomes_follow_the_t_distribution():
    of = prediction(np.random.default_rng(2).normal(size=40), 60)
    drawn = studentised(of, 4_000, 3)
    assert stats.kstest(drawn, stats.t(39).cdf).statistic < 0.03


def test_draws_are_wide_on_the_side_of_large_outcomes():
    of = prediction(np.random.default_rng(4).lognormal(0, 1.5, 60), 500)
    low, high = np.quantile(studentised(of, 4_000, 5), (0.025, 0.975))
    assert high > 1.3 * 2 and low > -2.2


def test_equal_seeds_draw_alike_whatever_the_blocks(monkeypatch):
    of = prediction(np.random.default_rng(6).exponential(size=50), 20)
    assert np.array_equal(studentised(of, 300, 7), studentised(of, 300, 7))
    assert not np.array_equal(studentised(of, 300, 7), studentised(of, 300, 8))
    monkeypatch.setattr("jobs.effects.residual_bootstrap.CELLS", 700)
    assert len(studentised(of, 305, 7)) == 305


def test_draws_without_an_error_are_left_out():
    outcome = np.zeros(10)
    outcome[0] = 1
    drawn = studentised(prediction(outcome, 10), 2_000, 9)
    assert len(drawn) / 2_000 == pytest.approx(1 - 0.9 ** 10, abs=0.03) and np.isfinite(drawn).all()


def test_intervals_hold_the_effect_on_the_treated_where_few_outcomes_carry_the_sum():
    held = {0: 0, 999: 0}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        without, treated = rng.lognormal(0, 2, 300), rng.random(300) < 0.85
        outcome = np.where(treated, 0.1 * without, without)
        truth = -0.9 * without[treated].mean()
        for draws in held:
            of = effect_on_treated(outcome, treated, np.zeros((300, 0)), draws=draws)
            held[draws] += of.low <= truth <= of.high
    assert held[999] >= 170 and held[0] <= 160, held
