"""Ratios of sums by the delta method: by hand, against weighted regression, and coverage."""

import duckdb
import numpy as np
import pytest

from jobs.effects.mean_difference import mean_difference
from jobs.effects.ratio import ratio


def test_denominators_of_one_give_the_difference_of_means():
    rng = np.random.default_rng(1)
    outcome, treated = rng.lognormal(size=50), np.arange(50) < 20
    found, plain = ratio(outcome, np.ones(50), treated), mean_difference(outcome, treated)
    assert (found.effect, found.error, found.df) == pytest.approx((plain.effect, plain.error, plain.df))


def test_the_difference_of_two_ratios_by_hand():
    found = ratio(np.array([1.0, 2, 1, 1]), np.array([2.0, 2, 4, 1]), np.array([True, True, False, False]))
    assert found.effect == pytest.approx(3 / 4 - 2 / 5)
    treated = np.array([1 - 0.75 * 2, 2 - 0.75 * 2]) / 4
    control = np.array([1 - 0.4 * 4, 1 - 0.4 * 1]) / 5
    assert found.error == pytest.approx(np.sqrt(2 * (treated**2).sum() + 2 * (control**2).sum()))


@pytest.mark.parametrize("by_cluster", [False, True])
def test_it_covers_where_orders_per_user_vary(by_cluster):
    rng, covered = np.random.default_rng(2), 0
    for _ in range(400):
        orders = rng.geometric(0.3, 600)
        rate = np.clip(rng.beta(2, 8, 600) + 0.002 * orders, 0, 1)  # heavy users lose more: a mean of ratios is biased
        treated = rng.random(600) < 0.4
        found = ratio(rng.binomial(orders, rate).astype(float), orders.astype(float), treated,
                      np.arange(600) // 2 if by_cluster else None)
        covered += found.low <= 0 <= found.high
    assert 0.92 <= covered / 400 <= 0.975


def test_clusters_that_share_their_fate_make_the_error_larger():
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(40), 10)
    shared, orders = rng.normal(size=40)[clusters], rng.integers(1, 5, 400).astype(float)
    treated = clusters % 2 == 0
    by_unit, found = ratio(shared * orders, orders, treated), ratio(shared * orders, orders, treated, clusters)
    assert found.error > 2 * by_unit.error
    assert (found.df, found.clusters) == (39, 40)


def test_without_a_denominator_there_is_no_ratio():
    with pytest.raises(ValueError, match="denominators of the treated arm sum to 0; expected a sum above 0"):
        ratio(np.ones(4), np.array([0.0, 0, 1, 1]), np.array([True, True, False, False]))


@pytest.mark.real
def test_a_ratio_by_cluster_is_that_of_a_weighted_regression(real_data):
    """Results fetched by kilometre of distance, for the arithmetic alone. Constants: statsmodels 0.15.0, WLS."""
    got, distance, offered, village = duckdb.sql(f"""
        SELECT got, distvct, "any", villnum FROM '{real_data}/effects/thornton_hiv.csv'
        WHERE got IS NOT NULL AND "any" IS NOT NULL AND villnum IS NOT NULL AND distvct > 0""").fetchnumpy().values()
    found = ratio(np.asarray(got, float), np.asarray(distance, float), np.asarray(offered) == 1, np.asarray(village))
    assert found.units == 2_830
    assert (found.effect, found.error) == (pytest.approx(0.21645210, abs=1e-7), pytest.approx(0.02734866, abs=1e-7))
