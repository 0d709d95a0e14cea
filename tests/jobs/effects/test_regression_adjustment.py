"""Adjustment by covariates: what it cuts, what it leaves unbiased, and covariates that say nothing."""

import duckdb
import numpy as np
import pytest

from jobs.effects.mean_difference import mean_difference
from jobs.effects.regression_adjustment import adjusted, design, usable, variance_cut

COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


@pytest.mark.parametrize("correlation", [0.3, 0.6, 0.9])
def test_covariates_cut_the_variance_by_the_squared_correlation(correlation):
    rng, cuts = np.random.default_rng(5), []
    for _ in range(60):
        before = rng.normal(size=4_000)
        outcome = correlation * before + np.sqrt(1 - correlation**2) * rng.normal(size=4_000)
        treated = rng.random(4_000) < 0.3
        cuts.append(variance_cut(adjusted(outcome, treated, before[:, None]), mean_difference(outcome, treated)))
    assert np.mean(cuts) == pytest.approx(correlation**2, rel=0.1)


def test_the_effect_is_covered_where_it_differs_by_covariate_and_arms_are_unequal():
    rng, covered, effects = np.random.default_rng(6), 0, []
    for _ in range(400):
        before = rng.exponential(size=800)
        treated = rng.random(800) < 0.2
        outcome = before + treated * before**2 + rng.normal(size=800)
        found = adjusted(outcome, treated, before[:, None])
        truth = (before**2).mean()
        effects.append(found.effect - truth)
        covered += found.low <= truth <= found.high
    assert covered / 400 >= 0.92
    assert abs(np.mean(effects)) < 0.05


def test_without_products_the_design_would_be_another():
    treated, before = np.array([True, True, True, False, False, False, False]), np.arange(7.0)
    columns = design(treated, before[:, None])
    assert columns.shape == (7, 4)
    assert (columns[:, 3] == columns[:, 2] * treated).all()
    assert columns[:, 2].mean() == pytest.approx(0)


def test_covariates_that_say_nothing_are_dropped():
    rng = np.random.default_rng(7)
    treated, one = np.arange(40) < 20, rng.normal(size=40)
    single = np.zeros(40)
    single[[3, 25, 30]] = 1  # one treated unit, and two of the controls
    covariates = np.column_stack([np.full(40, 0.1), one, 2 * one + 1, single, treated, rng.normal(size=40) * 1e9])
    assert usable(treated, covariates) == [1, 5]
    outcome = one + rng.normal(size=40)
    found, same = adjusted(outcome, treated, covariates), adjusted(outcome, treated, covariates[:, [1, 5]])
    assert (found.effect, found.error, found.df) == pytest.approx((same.effect, same.error, same.df))


def test_constants_alone_leave_the_plain_difference():
    outcome, treated = np.random.default_rng(8).normal(size=20), np.arange(20) < 8
    plain, found = mean_difference(outcome, treated), adjusted(outcome, treated, np.ones((20, 2)))
    assert (found.effect, found.error) == (pytest.approx(plain.effect), pytest.approx(plain.error))
    assert variance_cut(found, plain) == pytest.approx(0)


def test_an_arm_of_few_units_takes_few_covariates():
    rng = np.random.default_rng(9)
    treated, covariates = np.arange(30) < 4, rng.normal(size=(30, 8))
    assert len(usable(treated, covariates)) == 2
    assert np.isfinite(adjusted(rng.normal(size=30), treated, covariates).error)


@pytest.mark.real
def test_training_raises_earnings_also_beside_what_was_known_before(real_data):
    """LaLonde (1986), the sample of Dehejia and Wahba. Constants: statsmodels 0.15.0, OLS of the design, HC2."""
    table = duckdb.sql(f"SELECT re78, treat, {', '.join(COVARIATES)} FROM '{real_data}/effects/nsw.csv'").fetchnumpy()
    covariates = np.stack([np.asarray(table[name], float) for name in COVARIATES], axis=1)
    found = adjusted(np.asarray(table["re78"], float), np.asarray(table["treat"]) == 1, covariates)
    assert found.effect == pytest.approx(1621.58310, abs=1e-4)
    assert found.error == pytest.approx(694.72157, abs=1e-4)
    assert found.df == 445 - 18
