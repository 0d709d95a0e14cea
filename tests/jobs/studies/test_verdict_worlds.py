"""Worlds of losses and verdicts have the rates, delays, batches and breaks that were planted."""

import numpy as np
import pytest

from jobs.studies import verdict_worlds
from jobs.studies.verdict_worlds import World


def made(world, seed=1, halved=()):
    return verdict_worlds.made(np.random.default_rng(seed), world, 26, halved)


def test_known_verdicts_are_the_triangle_and_the_others_are_to_come():
    world = made(World(rate=50))
    assert np.nansum(world.known_counts()) == world.known.sum() < len(world.amount)
    from_rows = [world.amount[world.known & (world.incurred == row)].sum() for row in range(26)]
    np.testing.assert_allclose(np.nanmax(world.known_amounts(), axis=1), from_rows)


def test_rates_and_delays_are_as_planted():
    world = made(World(rate=400, delay=2.0))
    assert len(world.amount) / 26 == pytest.approx(400, rel=0.03)
    # A loss falls evenly into its week, so that half a week is added before whole ones are counted.
    assert world.delay.mean() == pytest.approx(2.0, abs=0.1)


def test_a_burst_multiplies_the_last_three_periods_and_a_trend_grows():
    counts = np.bincount(made(World(rate=200, burst=4)).incurred)
    assert counts[-3:].mean() / counts[:-3].mean() == pytest.approx(4, rel=0.1)
    counts = np.bincount(made(World(rate=400, trend=0.05)).incurred)
    assert counts[-5:].sum() / counts[:5].sum() == pytest.approx(np.exp(0.05 * 21), rel=0.15)


def test_a_batch_has_one_period_and_one_delay():
    world = made(World(rate=50, batch=5))
    assert (np.bincount(world.incurred * 1000 + world.delay) % 5 == 0).all()


def test_half_of_the_verdicts_of_a_break_come_in_the_period_after():
    whole, broken = made(World(rate=200)), made(World(rate=200), halved=(10, 11))
    by_week = [np.bincount(world.incurred + world.delay, minlength=40)[:13] for world in (whole, broken)]
    assert by_week[1][10:12] / by_week[0][10:12] == pytest.approx([0.5, 0.5], abs=0.1)
    assert by_week[1].sum() == by_week[0].sum()


def test_large_losses_take_longer_where_that_is_planted():
    world = made(World(rate=400, slow_large=0.5))
    assert np.log(world.amount)[world.delay > 5].mean() > np.log(world.amount)[world.delay < 1].mean() + 0.5
