"""Winsorising at a quantile of both arms together."""

import numpy as np
import pytest

from jobs.effects.mean_difference import mean_difference
from jobs.effects.winsorise import bounds, winsorised


def test_outcomes_beyond_the_quantiles_are_set_to_them():
    outcome = np.arange(101.0)
    found = winsorised(outcome, 0.95)
    assert (found.min(), found.max()) == (5, 95)
    assert (found[10:90] == outcome[10:90]).all()


def test_losses_that_are_mostly_zero_stay_zero():
    outcome = np.r_[np.zeros(990), np.arange(1.0, 11)]
    assert bounds(outcome, 0.995) == (0, 5)


def test_a_quantile_of_one_cuts_nothing():
    outcome = np.random.default_rng(1).lognormal(size=50)
    assert (winsorised(outcome, 1) == outcome).all()


def test_heavy_tails_lose_most_of_their_variance():
    rng = np.random.default_rng(2)
    outcome, treated = rng.lognormal(sigma=2, size=5_000), rng.random(5_000) < 0.5
    assert mean_difference(winsorised(outcome, 0.99), treated).error < 0.6 * mean_difference(outcome, treated).error


@pytest.mark.parametrize("quantile", [0.5, 0.01, 1.5, float("nan")])
def test_another_quantile_is_refused(quantile):
    with pytest.raises(ValueError, match="expected one above 0.5 and at most 1"):
        winsorised(np.arange(3.0), quantile)
