"""Bounds and estimates of the caught loss, against populations whose truth is known."""

import numpy as np
import pytest

from jobs.decisions.caught_loss import Bounds, bounds, from_reviews, from_samples

WORLDS = 200
NOBODY = np.zeros(0)


def test_bounds_are_the_totals_of_both_amounts():
    found = bounds(np.array([10.0, 0, 5]), np.array([10.0, 7, 5]), np.array(["a", "b", "a"]), seed=1)
    assert (found.lower, found.upper) == (15, 22) and found.lo <= 15 and found.hi >= 22


def test_without_rows_the_bounds_are_zero():
    assert bounds(NOBODY, NOBODY, np.array([], object), seed=1) == Bounds(0, 0, 0, 0)


def test_the_bounds_are_the_same_in_every_run_and_differ_by_seed():
    arguments = np.arange(50.0), np.arange(50.0), np.arange(50).astype(str)
    assert bounds(*arguments, seed=1) == bounds(*arguments, seed=1) != bounds(*arguments, seed=2)


def test_the_interval_holds_the_expected_loss_of_days_with_known_truth():
    """Entities come Poisson, with one to three rows of a lognormal loss; some verdicts are missing."""
    expected, held = 200 * 2 * 0.4 * np.exp(0.5), 0
    for world in range(WORLDS):
        rng = np.random.default_rng(world)
        is_guilty = rng.random(rng.poisson(200)) < 0.4
        entity = np.repeat(np.arange(len(is_guilty)), rng.integers(1, 4, len(is_guilty)))
        loss = np.where(is_guilty[entity], rng.lognormal(0, 1, len(entity)), 0.0)
        has_verdict = rng.random(len(entity)) < 0.7
        found = bounds(np.where(has_verdict, loss, 0), np.where(has_verdict, loss, rng.lognormal(0, 1, len(entity))),
                       entity, world)
        held += found.lo <= expected <= found.hi
    assert held >= 0.95 * WORLDS


def test_with_all_verdicts_the_interval_is_an_ordinary_one_of_95_percent():
    held = 0
    for world in range(WORLDS):
        rng = np.random.default_rng(world)
        loss = rng.gamma(2.0, 50.0, rng.poisson(300))
        found = bounds(loss, loss, np.arange(len(loss)), world)
        held += found.lo <= 300 * 100 <= found.hi
    assert 0.92 * WORLDS <= held <= 0.98 * WORLDS


def test_rows_of_one_entity_widen_the_interval():
    amount = np.ones(400)
    alone = bounds(amount, amount, np.arange(400), 1)
    together = bounds(amount, amount, np.arange(400) // 20, 1)
    assert together.hi - together.lo > 3 * (alone.hi - alone.lo)


def drawn(rng, rows: int = 3_000):
    """A population with a known total, of which rows are drawn with unequal probabilities."""
    amount = np.where(rng.random(rows) < 0.3, rng.gamma(2.0, 50.0, rows), 0.0)
    inclusion = np.clip(0.05 + amount / 1_000, 0.05, 1.0)
    return amount, np.where(rng.random(rows) < inclusion, inclusion, np.nan)


def test_an_estimate_from_random_reviews_covers_the_total_it_was_drawn_from():
    held = 0
    for world in range(WORLDS):
        amount, inclusion = drawn(np.random.default_rng(world))
        found = from_reviews(np.where(np.isnan(inclusion), np.nan, amount), inclusion)
        held += found.lo <= amount.sum() <= found.hi
    assert 0.92 * WORLDS <= held <= 0.98 * WORLDS


def test_open_reviews_do_not_pull_the_estimate_down():
    ratios = []
    for world in range(100):
        rng = np.random.default_rng(world)
        amount, inclusion = drawn(rng, rows=10_000)
        answered = ~np.isnan(inclusion) & (rng.random(len(amount)) < 0.6)
        ratios.append(from_reviews(np.where(answered, amount, np.nan), inclusion).value / amount.sum())
    assert np.mean(ratios) == pytest.approx(1, abs=0.03)


def test_below_an_effective_sample_size_of_100_there_is_no_estimate():
    below, enough = from_samples(np.ones(99), np.full(99, 0.5)), from_samples(np.ones(100), np.full(100, 0.5))
    assert np.isnan([below.value, below.lo, below.hi]).all() and below.effective == pytest.approx(99)
    assert enough.value == 200 and enough.effective == pytest.approx(100)


def test_one_row_with_a_large_weight_lowers_the_effective_sample_size():
    inclusion = np.append(np.full(500, 0.5), 0.001)
    found = from_samples(np.ones(501), inclusion)
    assert found.effective == pytest.approx(2_000 ** 2 / (500 * 4 + 1_000_000)) and np.isnan(found.value)


def test_rows_drawn_with_certainty_have_no_error():
    found = from_samples(np.ones(100), np.ones(100))
    assert (found.value, found.lo, found.hi) == (100, 100, 100)


def test_without_a_review_there_is_no_estimate():
    for amount, inclusion in ((NOBODY, NOBODY), (np.full(2, np.nan), np.array([0.5, np.nan]))):
        found = from_reviews(amount, inclusion)
        assert np.isnan(found.value) and found.effective == 0
