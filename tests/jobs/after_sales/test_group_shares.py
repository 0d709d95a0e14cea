"""Shares by group: counts, design effects by hand, and groups that say nothing."""

import numpy as np
import pytest

from jobs.after_sales.group_shares import gap_p, gaps, group_shares
from jobs.statistics.shares import difference, wilson

GROUP = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
HIT = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 0], bool)


def test_rows_that_stand_alone_have_wilson_s_and_newcombe_s_intervals():
    own, other = group_shares(HIT, GROUP, 2)
    assert own.share.tolist() == [1 / 4, 3 / 6] and other.share.tolist() == [3 / 6, 1 / 4]
    ends, gap = own.interval(), gaps(own, other)
    assert (ends.low[0], ends.high[0]) == (wilson(0.25, 4).low, wilson(0.25, 4).high)
    by_hand = difference(wilson(0.25, 4), wilson(0.5, 6))
    assert (gap.value[0], gap.low[0], gap.high[0]) == (-0.25, by_hand.low, by_hand.high)


def test_the_rest_are_all_other_groups_and_a_reference_is_one_of_them():
    group = np.array([0, 0, 1, 1, 2, 2, 2, 2])
    hit = np.array([1, 0, 1, 1, 0, 0, 0, 1], bool)
    assert group_shares(hit, group, 3)[1].share.tolist() == [3 / 6, 2 / 6, 3 / 4]
    assert group_shares(hit, group, 3, reference=2)[1].share.tolist() == [1 / 4] * 3
    clusters = np.arange(8)
    assert group_shares(hit, group, 3, clusters)[1].share.tolist() == [3 / 6, 2 / 6, 3 / 4]
    assert group_shares(hit, group, 3, clusters, 2)[1].share.tolist() == [1 / 4] * 3


def test_clusters_of_equal_rows_are_worth_a_row_each():
    hit = np.repeat(np.array([1, 0, 0, 1, 0, 1, 0, 0], bool), 5)
    group, cluster = np.repeat([0, 0, 0, 0, 1, 1, 1, 1], 5), np.repeat(np.arange(8), 5)
    own, _ = group_shares(hit, group, 2, cluster)
    # The jackknife variance of 4 equal clusters is p (1 - p) / (4 - 1), against p (1 - p) / 20.
    assert own.size.tolist() == [pytest.approx(3), pytest.approx(3)]
    assert own.df.tolist() == [3, 3] and own.clusters.tolist() == [4, 4] and own.rows.tolist() == [20, 20]


def test_rows_in_clusters_of_their_own_are_worth_nearly_a_row_each():
    hit = np.random.default_rng(1).random(400) < 0.3
    own, _ = group_shares(hit, np.arange(400) % 2, 2, np.arange(400))
    assert own.size == pytest.approx(199, abs=1e-6)  # the jackknife divides by one less


def test_a_group_without_a_hit_takes_the_correlation_of_the_others():
    hit = np.concatenate([np.zeros(20, bool), np.repeat(np.array([1, 0, 0, 1, 0, 0], bool), 5)])
    group, cluster = np.repeat([0, 1], [20, 30]), np.repeat(np.arange(10), 5)
    own, _ = group_shares(hit, group, 2, cluster)
    assert own.size[0] == pytest.approx(4)
    assert group_shares(hit, group, 2)[0].size[0] == 20


def test_one_cluster_has_no_interval_and_its_gap_no_limit():
    own, other = group_shares(HIT, GROUP, 2, np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3]))
    assert (own.interval().low[0], own.interval().high[0]) == (0, 1)
    gap = gaps(own, other)
    assert gap.low[0] < -0.7 and gap.high[0] > 0.4 and gap_p([(own, other)])[0][0] == 1


def test_a_group_without_a_row_has_no_share_and_no_gap():
    own, other = group_shares(HIT, GROUP, 3)
    assert np.isnan(own.share[2]) and own.rows[2] == 0
    assert np.isnan([gaps(own, other).low[2], gap_p([(own, other)])[0][2]]).all()


def test_groups_within_clusters_share_their_errors():
    """Cases of a seller have buyers of both groups, so that a strict reviewer of the seller moves both shares."""
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(60), 20)
    hit = rng.random(1200) < np.repeat(rng.beta(1, 3, 60), 20)
    group = rng.integers(0, 2, 1200)
    own, other = group_shares(hit, group, 2, cluster)
    gap, apart = gaps(own, other), difference(own.interval(), other.interval())
    assert gap.high[0] - gap.low[0] < 0.7 * (apart.high[0] - apart.low[0])
    assert gap.high[0] - gap.low[0] > 0.9 * np.ptp(np.array([difference(wilson(0.25, 600), wilson(0.25, 600)).low,
                                                            difference(wilson(0.25, 600), wilson(0.25, 600)).high]))
