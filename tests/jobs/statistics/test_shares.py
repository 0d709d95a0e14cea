"""Intervals of shares: published figures, coverage over many draws, and p-values that agree with the intervals."""

import numpy as np
import pytest
from scipy import stats

from jobs.statistics.shares import clopper_pearson, difference, difference_p, quantile, ratio, upper_bound, wilson

# Newcombe (1998), Statistics in Medicine 17, table II, method 10: x1 of n1, x2 of n2, and the interval's ends.
NEWCOMBE = [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
            (5, 56, 0, 29, -0.0381, 0.1926), (0, 10, 0, 20, -0.1611, 0.2775), (10, 10, 0, 20, 0.6791, 1.0)]


def newcombe(x1, n1, x2, n2, level=0.95):
    return difference(wilson(x1 / n1, n1, level), wilson(x2 / n2, n2, level))


def test_wilson_s_interval_without_a_positive_ends_at_z_squared():
    of = wilson(np.array([0.0, 1.0]), np.array([10, 10]))
    end = 1.959964 ** 2 / (10 + 1.959964 ** 2)
    assert of.low.tolist() == [0, pytest.approx(1 - end)] and of.high.tolist() == [pytest.approx(end), 1]


def test_no_row_and_no_degree_of_freedom_give_everything():
    of = wilson(np.array([np.nan, 0.5]), np.array([0, 10]), df=np.array([np.inf, 0]))
    assert of.low.tolist() == [0, 0] and of.high.tolist() == [1, 1]


def test_few_degrees_of_freedom_widen_the_interval():
    normal, few = wilson(0.3, 50), wilson(0.3, 50, df=4)
    assert few.low < normal.low and few.high > normal.high
    assert few.low == pytest.approx(wilson(0.3, 50, 2 * stats.norm.cdf(stats.t.ppf(0.975, 4)) - 1).low)


@pytest.mark.parametrize(("x1", "n1", "x2", "n2", "low", "high"), NEWCOMBE)
def test_the_difference_of_two_shares_has_the_published_interval(x1, n1, x2, n2, low, high):
    of = newcombe(x1, n1, x2, n2)
    assert (of.low, of.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_correlated_shares_have_a_narrower_difference():
    one, two = wilson(0.4, 100), wilson(0.3, 100)
    assert difference(one, two, 0.5).low > difference(one, two).low
    assert difference(one, two, 0.5).high < difference(one, two).high


def test_the_p_value_is_the_level_at_which_the_interval_touches_0():
    one, two, size = np.array([0.3, 0.1, 0.2]), np.array([0.2, 0.2, 0.199]), np.array([150, 90, 400])
    p = difference_p(one, two, size, 80)
    for number in range(3):
        of = difference(wilson(one[number], size[number], 1 - p[number]), wilson(two[number], 80, 1 - p[number]))
        assert min(abs(of.low), abs(of.high)) == pytest.approx(0, abs=1e-6)


def test_p_values_without_a_difference_without_an_interval_and_without_a_share():
    p = difference_p(np.array([0.2, 0.2, np.nan, 1.0]), np.array([0.2, 0.9, 0.3, 0.0]), np.array([50, 50, 0, 1e5]),
                     np.array([50, 50, 50, 1e5]), one_df=np.array([9, 0, 9, np.inf]))
    assert p[0] == 1 and p[1] == 1 and np.isnan(p[2]) and p[3] < 1e-11


def test_at_no_difference_p_values_below_a_level_are_no_more_frequent_than_it():
    rng = np.random.default_rng(1)
    one, two = rng.binomial(60, 0.08, 20_000) / 60, rng.binomial(400, 0.08, 20_000) / 400
    p = difference_p(one, two, 60, 400)
    assert (p <= 0.05).mean() <= 0.05 and (p <= 0.005).mean() <= 0.006


def test_clopper_pearson_holds_at_least_the_nominal_share():
    positives = np.random.default_rng(2).binomial(40, 0.07, 20_000)
    of = clopper_pearson(positives / 40, 40)
    assert ((of.low <= 0.07) & (of.high >= 0.07)).mean() >= 0.95
    assert (clopper_pearson(0.1, 50).low, clopper_pearson(0.1, 50).high) == (
        pytest.approx(0.0333, abs=1e-4), pytest.approx(0.2181, abs=1e-4))


def test_the_upper_bound_is_where_so_few_positives_have_the_tail_probability():
    bound = upper_bound(3, 100, 0.95)
    assert stats.binom.cdf(3, 100, bound) == pytest.approx(0.05)
    assert upper_bound(np.array([0, 5]), np.array([0, 5])).tolist() == [1, 1]
    assert upper_bound(0, 58) > 0.05 > upper_bound(0, 59)  # the rule of three: 59 rows without an error show 5 %


def test_quantiles_of_t_and_of_the_normal_distribution():
    assert quantile(0.975, np.array([0, 4, np.inf])).tolist() == [
        np.inf, pytest.approx(2.776445), pytest.approx(1.959964)]


def test_intervals_of_a_ratio_hold_its_value_about_as_often_as_stated():
    rng = np.random.default_rng(3)
    for (p, n), (q, m) in (((0.3, 60), (0.1, 120)), ((0.05, 200), (0.4, 40)), ((0.9, 30), (0.5, 30))):
        of = ratio(wilson(rng.binomial(n, p, 20_000) / n, n), wilson(rng.binomial(m, q, 20_000) / m, m))
        assert 0.94 <= ((of.low <= p / q) & (of.high >= p / q)).mean() <= 0.97
        known = ~np.isnan(of.value)
        assert (of.low <= of.value)[known].all() and (of.value <= of.high)[known].all()


def test_a_ratio_to_nothing_has_no_value_and_no_upper_end():
    of = ratio(wilson(np.array([0.5, 0.0]), 10), wilson(np.array([0.0, 0.5]), 10))
    assert np.isnan(of.value[0]) and of.high[0] == np.inf and of.low[0] > 0
    assert of.value[1] == 0 and of.low[1] == 0 and 0 < of.high[1] < np.inf
