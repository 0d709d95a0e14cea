"""Confidence sequences: the formula of the paper, its tuning, and looks at independent units."""

import numpy as np
import pytest

from jobs.effects.clustered import clustered
from jobs.effects.estimates import from_error
from jobs.effects.mean_difference import mean_difference
from jobs.effects.sequential import BURN_IN, boundary, confidence_sequence, tuning


def papers(n: int, sigma: float, rho: float, alpha: float = 0.05) -> float:
    """Waudby-Smith et al. (2024), theorem 2.2, as it is printed."""
    return sigma * np.sqrt(2 * (n * rho**2 + 1) / (n**2 * rho**2) * np.log(np.sqrt(n * rho**2 + 1) / alpha))


def test_the_half_width_is_the_papers():
    found = confidence_sequence(from_error(0.2, 3 / np.sqrt(400), np.inf, 400), 200, 1_000)
    half = papers(400, 3, tuning(1_000))
    assert (found.low, found.high) == (pytest.approx(0.2 - half), pytest.approx(0.2 + half))


def test_it_is_narrowest_at_the_planned_size():
    at_plan = papers(1_000, 1, tuning(1_000))
    assert all(papers(1_000, 1, tuning(1_000) * factor) > at_plan for factor in (0.9, 1.1))
    # The paper's approximation of the same: sqrt((-2 log alpha + log(-2 log alpha + 1)) / n).
    approximate = np.sqrt((-2 * np.log(0.05) + np.log(-2 * np.log(0.05) + 1)) / 1_000)
    assert tuning(1_000) == pytest.approx(approximate, rel=0.06)


def test_it_is_half_as_wide_again_as_a_fixed_interval_at_the_planned_size():
    assert boundary(1_000, 1_000) == pytest.approx(boundary(50_000, 50_000))
    assert boundary(1_000, 1_000) / 1.959964 == pytest.approx(1.55, abs=0.1)
    assert boundary(100, 1_000) > boundary(1_000, 1_000)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_an_end_at_0_has_the_p_value_of_the_level(level):
    size, planned = 700, 1_000
    effect = float(boundary(size, planned, level))
    found = confidence_sequence(from_error(effect, 1.0, np.inf, size), 300, planned, level)
    assert found.low == pytest.approx(0, abs=1e-12)
    assert found.p == pytest.approx(1 - level)


def test_before_the_burn_in_nothing_is_said():
    of = from_error(9.0, 1.0, np.inf, 500)
    early, late = (confidence_sequence(of, smaller, 500) for smaller in (BURN_IN - 1, BURN_IN))
    assert (early.low, early.high, early.p) == (-np.inf, np.inf, 1)
    assert late.low > 0 and late.p < 0.05


def test_clusters_are_counted_instead_of_units():
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(300), 20)
    outcome, treated = rng.normal(size=300)[codes], codes % 2 == 0
    of = clustered(outcome, treated, codes)
    found = confidence_sequence(of, 150, 300)
    assert found.high - of.effect == pytest.approx(of.error * boundary(300, 300))


def test_without_variance_it_is_a_point():
    found = confidence_sequence(from_error(0.0, 0.0, np.inf, 500), 250, 500)
    assert (found.low, found.high, found.p) == (0, 0, 1)


def test_it_holds_at_every_look_and_a_fixed_interval_does_not():
    rng, missed = np.random.default_rng(2), np.zeros(2)
    for _ in range(150):
        outcome, treated = rng.exponential(size=6_000), rng.random(6_000) < 0.3
        looks = []
        for size in range(400, 6_001, 100):
            of = mean_difference(outcome[:size], treated[:size])
            looks.append((confidence_sequence(of, int(treated[:size].sum()), 6_000).p < 0.05, of.p < 0.05))
        missed += np.any(looks, axis=0)
    assert missed[0] / 150 <= 0.05
    assert missed[1] / 150 > 0.2
