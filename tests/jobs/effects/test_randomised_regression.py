"""Coefficients with p-values and intervals from assignments: against the same by brute force."""

from itertools import product

import numpy as np
import pytest

from jobs.effects.randomised_regression import randomised

PAIRS = 8
COLUMN = np.tile([1.0, 0.0], PAIRS)
SETS = np.repeat(np.eye(PAIRS), 2, axis=0)
EVERY = np.array([COLUMN if not any(flips) else np.where(np.repeat(flips, 2), 1 - COLUMN, COLUMN)
                  for flips in product((False, True), repeat=PAIRS)])


def outcome(effect: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.lognormal(0, 1, 2 * PAIRS) + np.repeat(rng.normal(0, 5, PAIRS), 2) + effect * COLUMN


def by_hand(values: np.ndarray, effect: float) -> float:
    """Return the two-sided p-value of an effect: the smaller share of assignments that are as far out, twice."""
    without = values - effect * COLUMN
    drawn = (EVERY - (1 - EVERY)) @ without
    return min(1.0, 2 * min((drawn >= drawn[0] - 1e-9).mean(), (drawn <= drawn[0] + 1e-9).mean()))


def test_p_and_interval_are_those_of_all_assignments():
    values = outcome(1.5)
    of = randomised(values, COLUMN, EVERY, SETS, PAIRS)
    assert of.effect == pytest.approx((values[::2] - values[1::2]).mean())
    assert of.p == by_hand(values, 0)
    inside, outside = (of.low + 1e-6, of.high - 1e-6), (of.low - 1e-6, of.high + 1e-6)
    assert all(by_hand(values, effect) > 0.05 for effect in inside)
    assert all(by_hand(values, effect) <= 0.05 for effect in outside)


def test_an_interval_holds_0_exactly_where_0_is_not_rejected():
    for seed in range(60):
        of = randomised(outcome(0.8, seed), COLUMN, EVERY, SETS, PAIRS)
        assert (of.low <= 0 <= of.high) == (of.p > 0.05), seed


def test_a_column_that_the_others_explain_has_no_effect():
    assert randomised(outcome(1), COLUMN, EVERY, np.column_stack([SETS, COLUMN]), PAIRS) is None


def test_few_assignments_set_no_limit():
    few = EVERY[:, :8][np.unique(EVERY[:, :8], axis=0, return_index=True)[1]]
    order = np.argsort((few != COLUMN[:8]).any(axis=1), kind="stable")
    of = randomised(outcome(9)[:8], COLUMN[:8], few[order], SETS[:8, :4], 4)
    assert (of.low, of.high, of.p) == (-np.inf, np.inf, pytest.approx(2 / 16))
