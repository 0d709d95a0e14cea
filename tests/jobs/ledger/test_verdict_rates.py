"""Rates of periods: between their own counts and those of the others, with trends and with attacks that begin."""

import numpy as np
import pytest

from jobs.ledger import verdict_rates


def rates(counts, share):
    """Return 2,000 draws of the rates of whole periods, the last one of which is reported by `share`."""
    counts = np.asarray(counts, float)
    shares = np.append(np.ones(len(counts) - 1), share)
    return verdict_rates.drawn(counts, np.ones(len(counts)), shares, np.tile(shares, (2_000, 1)),
                               np.arange(len(counts))[::-1], np.random.default_rng(1))


def test_a_reported_period_has_the_rate_of_its_count_and_the_others():
    drawn = rates([20] * 25 + [20], 1.0)
    assert drawn.mean() == pytest.approx(20, rel=0.03)
    # 26 Poisson periods of one rate tell it to 1 in 23.
    assert drawn[:, 5].std() < np.sqrt(20)


def test_an_unreported_period_goes_on_with_the_trend():
    growing = 20 * 1.08 ** np.arange(26)
    drawn = rates(np.append(np.round(growing[:-1]), 0), 0.0).mean(axis=0)
    assert drawn[-1] == pytest.approx(growing[-1], rel=0.12)
    assert drawn[0] == pytest.approx(growing[0], rel=0.25)


def test_periods_that_differ_leave_the_next_one_uncertain():
    alike, different = rates([20] * 25 + [0], 0.0)[:, -1], rates([5, 35] * 12 + [5, 0], 0.0)[:, -1]
    assert different.std() > 2 * alike.std()


def test_an_attack_that_has_begun_is_followed():
    drawn = rates([10] * 22 + [60, 60, 60] + [0], 0.0)[:, -1]
    assert np.median(drawn) > 35


def test_single_large_periods_do_not_carry_on():
    drawn = rates([10, 60, 10, 10, 9, 11, 62, 10, 10, 58, 9, 10, 10, 60, 10, 10, 11, 10, 60] + [10] * 6 + [0], 0.0)
    assert 10 < drawn[:, -1].mean() < 40


def test_nothing_seen_has_no_rate():
    assert not verdict_rates.drawn(np.zeros(2), np.ones(2), np.zeros(2), np.zeros((5, 2)), np.array([1, 0]),
                                   np.random.default_rng(1)).any()


def test_a_part_of_a_period_has_the_rate_of_a_whole_one():
    counts, exposure = np.array([20.0, 120.0] * 10 + [10, 50]), np.array([1.0] * 20 + [1 / 7, 5 / 7])
    drawn = verdict_rates.drawn(counts, exposure, np.ones(22), np.ones((1_000, 22)),
                                np.array([*range(20, 0, -1), 0, 0]), np.random.default_rng(1))
    assert drawn.mean(axis=0)[20:] == pytest.approx([70, 70], rel=0.15)
