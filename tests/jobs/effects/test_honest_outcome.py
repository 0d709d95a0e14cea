"""What honest units did: planted means although one arm's verdicts find fewer of the guilty, and their variance."""

import numpy as np
import pytest

from jobs.effects.effect_on_treated import effect_on_treated
from jobs.effects.honest_outcome import honest_outcome

ONES = np.ones(1_000)


def planted(seed: int, found_of_controls: float = 0.5):
    """Trade of a fifth guilty units and honest ones, of whom a stop takes 4: (outcome, found, guilty, treated)."""
    rng = np.random.default_rng(seed)
    guilty, treated = rng.random(1_000) < 0.2, rng.random(1_000) < 0.5
    trade = np.where(guilty, rng.gamma(2, 20, 1_000), rng.gamma(4, 2.5, 1_000))
    outcome = np.where(treated, np.where(guilty, 0.1 * trade, trade - 4), trade)
    return outcome, guilty & (treated | (rng.random(1_000) < found_of_controls)), guilty, treated


def test_the_mean_of_honest_units_is_that_of_all_honest_ones():
    parts = {True: [], False: []}
    for seed in range(200):
        outcome, found, guilty, treated = planted(seed)
        honest = honest_outcome(outcome, found, treated, ONES)
        for arm in parts:
            parts[arm].append(honest[treated == arm].mean() - np.where(guilty, 0, outcome)[treated == arm].mean())
    assert abs(np.mean(parts[True])) < 0.05 and abs(np.mean(parts[False])) < 0.2
    assert np.std(parts[False]) < 1.5


def test_intervals_hold_what_honest_units_lost_and_do_not_without_the_correction():
    held = {"corrected": 0, "as found": 0}
    for seed in range(200):
        outcome, found, guilty, treated = planted(seed)
        truth = -4 * (~guilty & treated).sum() / treated.sum()
        for name, values in (("corrected", honest_outcome(outcome, found, treated, ONES)),
                             ("as found", np.where(found, 0.0, outcome))):
            of = effect_on_treated(values, treated, np.zeros((1_000, 0)), draws=0)
            held[name] += of.low <= truth <= of.high
    assert held["corrected"] >= 182 and held["as found"] < 60, held


def test_the_arm_with_more_verdicts_is_the_complete_one_whichever_it_is():
    outcome, found, _, treated = planted(1)
    one, other = honest_outcome(outcome, found, treated, ONES), honest_outcome(outcome, found, ~treated, ONES)
    assert np.array_equal(one, other)


def test_equal_shares_leave_out_the_found_ones_and_move_no_mean():
    outcome = np.array([10.0, 20, 30, 10, 20, 60])
    treated, found = np.arange(6) < 3, np.array([False, False, True, False, False, True])
    honest = honest_outcome(outcome, found, treated, np.ones(6))
    assert honest[treated].mean() == pytest.approx(10) and honest[~treated].mean() == pytest.approx(10)


def test_without_a_guilty_unit_in_an_arm_its_units_count_as_honest():
    outcome, treated = np.array([1.0, 2, 3, 4]), np.array([True, True, False, False])
    found = np.array([True, False, False, False])
    assert honest_outcome(outcome, found, treated, np.ones(4)).tolist() == [0, 2, 3, 4]
    assert honest_outcome(outcome, np.zeros(4, bool), treated, np.ones(4)).tolist() == [1, 2, 3, 4]
