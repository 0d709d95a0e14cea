"""Patterns of verdicts: shares of the chain ladder on counts, with an uncertainty that follows from the counts."""

import numpy as np
import pytest

from jobs.ledger import chain_ladder, triangles, verdict_pattern

PLANTED = np.array([0.2, 0.4, 0.3, 0.1])


def drawn(rng, rows=12, verdicts=50, batch=1):
    """Return a triangle of counts with the planted pattern."""
    cells = np.zeros((rows, rows))
    cells[:, :4] = rng.multinomial(verdicts // batch, PLANTED, rows) * batch
    return np.where(triangles.known_cells(rows), cells, np.nan)


def test_shares_are_those_of_the_chain_ladder():
    counts = drawn(np.random.default_rng(1))
    by_factors = chain_ladder.factors(triangles.cumulative(counts)).reported_share
    np.testing.assert_allclose(verdict_pattern.learn([counts]).shares, by_factors)


def test_the_planted_shares_lie_in_the_drawn_ones_as_often_as_they_should():
    hit = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        shares = verdict_pattern.learn([drawn(rng)]).drawn(rng, 200)[:, :3]
        low, high = np.quantile(shares, [0.1, 0.9], axis=0)
        hit.append((low <= np.cumsum(PLANTED)[:3]) & (np.cumsum(PLANTED)[:3] <= high))
    assert np.mean(hit, axis=0) == pytest.approx(0.82, abs=0.08)  # a dispersion is at least 1


def test_verdicts_in_batches_are_dispersed_and_widen_the_shares():
    rng = np.random.default_rng(2)
    one, five = (verdict_pattern.learn([drawn(rng, batch=batch) for _ in range(4)]) for batch in (1, 5))
    assert one.dispersion < 1.5 and 3 < five.dispersion < 8
    assert five.drawn(rng, 400)[:, 1].std() > 1.5 * one.drawn(rng, 400)[:, 1].std()


def test_risks_of_different_age_are_pooled_by_age():
    rng = np.random.default_rng(3)
    old, young = drawn(rng, 12), drawn(rng, 5)
    pooled = verdict_pattern.learn([old, young])
    assert pooled.verdicts == np.nansum(old) + np.nansum(young)
    assert pooled.came[0] == np.nansum(old[:, 0]) + np.nansum(young[:, 0])


def test_a_first_age_without_a_verdict_has_no_share():
    counts = np.array([[0.0, 3, 1], [0, 2, np.nan], [0, np.nan, np.nan]])
    assert verdict_pattern.learn([counts]).shares[0] == 0
    assert (verdict_pattern.learn([counts]).drawn(np.random.default_rng(1), 50)[:, 0] == 0).all()


def test_a_tail_leaves_verdicts_to_come_after_the_last_age():
    counts = drawn(np.random.default_rng(4))
    assert verdict_pattern.learn([counts], tail=1.25).shares[-1] == pytest.approx(0.8)
