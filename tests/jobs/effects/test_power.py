"""The smallest effect to be seen: by formula, by re-hashing, and by planting it."""

import numpy as np
import pytest

from jobs.effects.mean_difference import mean_difference
from jobs.effects.power import minimal_effect, planned_error, rehashed


def test_it_is_two_point_eight_errors():
    assert minimal_effect(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-6)
    # statsmodels 0.15.0, TTestIndPower: 200 units an arm, noncentral t.
    assert minimal_effect(planned_error(1.0, 200, 200), 398) == pytest.approx(0.28083646, rel=1e-3)


def test_unequal_arms_see_less():
    assert planned_error(4.0, 100, 100) == pytest.approx(np.sqrt(0.08))
    assert planned_error(4.0, 30, 170) > planned_error(4.0, 100, 100)


def test_a_planted_effect_of_that_size_is_found_four_times_in_five():
    rng, found = np.random.default_rng(1), 0
    effect = minimal_effect(planned_error(1.0, 150, 350))
    for _ in range(1_000):
        treated = np.arange(500) < 150
        found += mean_difference(rng.normal(size=500) + effect * treated, treated).p < 0.05
    assert found / 1_000 == pytest.approx(0.8, abs=0.04)


def test_re_hashing_finds_the_error_of_independent_units():
    rng = np.random.default_rng(2)
    outcome, units = rng.exponential(size=3_000), [f"u{number}" for number in range(3_000)]
    found = rehashed(outcome, units, 0.3, hashes=400)
    assert found.error == pytest.approx(planned_error(outcome.var(), 900, 2_100), rel=0.1)
    assert found.effects.mean() == pytest.approx(0, abs=4 * found.error / np.sqrt(400))
    assert found.smallest == pytest.approx(minimal_effect(found.error))


def test_re_hashing_finds_the_larger_error_of_rows_that_share_a_unit():
    rng = np.random.default_rng(3)
    units = np.repeat([f"u{number}" for number in range(300)], 10)
    outcome = np.repeat(rng.normal(size=300), 10)
    assert rehashed(outcome, units, 0.5, hashes=400).error == pytest.approx(planned_error(1.0, 150, 150), rel=0.15)


def test_rejections_over_re_hashes_are_those_of_the_test():
    rng, units = np.random.default_rng(4), [f"u{number}" for number in range(2_000)]
    found = rehashed(rng.exponential(size=2_000), units, 0.5, hashes=600)
    assert np.mean(np.abs(found.effects) > 1.96 * found.error) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nobody_is_refused(share):
    with pytest.raises(ValueError, match="expected a share between 0 and 1"):
        rehashed(np.ones(3), ["a", "b", "c"], share)
