"""Units that skewed outcomes need: the rule, and where intervals fail without them."""

import numpy as np
import pytest
from scipy import stats

from jobs.effects.mean_difference import mean_difference
from jobs.effects.skewness import needed_units

OUTCOME = np.random.default_rng(1).lognormal(size=4_000)
SKEWNESS = stats.skew(OUTCOME)


def test_a_very_small_arm_has_the_rule_of_355():
    assert needed_units(OUTCOME, np.arange(4_000) < 10) == pytest.approx(355 * SKEWNESS**2, rel=0.02)


def test_equal_arms_cancel_their_skewness():
    assert needed_units(OUTCOME, np.arange(4_000) < 2_000) == 0


def test_it_does_not_matter_which_arm_is_smaller():
    treated = np.arange(4_000) < 1_000
    expected = 355 * SKEWNESS**2 * (2 / 3) ** 2 / (4 / 3)
    assert needed_units(OUTCOME, treated) == pytest.approx(expected)
    assert needed_units(OUTCOME, ~treated) == pytest.approx(expected)


def test_outcomes_that_never_vary_need_none():
    assert needed_units(np.full(10, 0.1), np.arange(10) < 2) == 0


def test_intervals_hold_with_the_needed_units_and_fail_with_a_fiftieth_of_them():
    rng, rejected = np.random.default_rng(2), {}
    for smaller in (14, 700):  # exponential outcomes, a tenth treated: 355 * 2^2 * .8^2 / 1.1 is about 1,000
        treated = np.arange(smaller * 10) < smaller
        rejected[smaller] = np.mean([mean_difference(rng.exponential(size=len(treated)), treated).p < 0.05
                                     for _ in range(1_500)])
    assert rejected[700] == pytest.approx(0.05, abs=0.016)
    assert rejected[14] > 0.07
