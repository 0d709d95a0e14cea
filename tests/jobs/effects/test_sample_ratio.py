"""Sample-ratio mismatch: a shift is seen, chance is not, and clusters are counted as clusters."""

import numpy as np
import pytest
from scipy import stats

from jobs.effects.sample_ratio import BLOCKS_BELOW, cluster_counts, sample_ratio_p


def test_it_is_the_chi_square_test():
    assert sample_ratio_p([480, 520], [1, 1]) == pytest.approx(stats.chisquare([480, 520]).pvalue)
    assert sample_ratio_p([10, 25, 65], [0.1, 0.2, 0.7]) == pytest.approx(
        stats.chisquare([10, 25, 65], [10, 20, 70]).pvalue)


def test_a_shift_of_one_point_among_100_000_units_is_seen():
    rng = np.random.default_rng(1)
    found = [sample_ratio_p([count, 100_000 - count], [0.5, 0.5]) for count in rng.binomial(100_000, 0.51, 200)]
    assert np.mean(np.array(found) < BLOCKS_BELOW) > 0.98


def test_without_a_shift_p_values_are_uniform():
    rng = np.random.default_rng(2)
    found = [sample_ratio_p(counts, [0.15, 0.85]) for counts in rng.multinomial(100_000, [0.15, 0.85], 2_000)]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) < BLOCKS_BELOW) < 0.005


def test_units_of_a_cluster_come_together_and_are_counted_once():
    rng, by_unit, by_cluster = np.random.default_rng(3), [], []
    for _ in range(300):
        clusters = np.repeat(np.arange(200), 20)
        arm = np.where(rng.random(200) < 0.5, "a", "b")[clusters]
        by_unit.append(sample_ratio_p([(arm == "a").sum(), (arm == "b").sum()], [1, 1]))
        by_cluster.append(sample_ratio_p(cluster_counts(arm, clusters, ["a", "b"]), [1, 1]))
    assert np.mean(np.array(by_cluster) < 0.05) < 0.09
    assert np.mean(np.array(by_unit) < 0.05) > 0.3


def test_edges():
    assert sample_ratio_p([0, 0], [1, 1]) == 1
    assert sample_ratio_p([5, 1], [1, 0]) == 0
    assert sample_ratio_p([5, 0], [1, 0]) == 1


@pytest.mark.parametrize("shares", [[1], [-1, 2], [0, 0]])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(ValueError, match="expected a share from 0 up for each"):
        sample_ratio_p([5, 5], shares)
