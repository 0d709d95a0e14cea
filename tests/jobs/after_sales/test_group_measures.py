"""Measures by group: values, gaps and intervals by seller."""

import numpy as np
import pytest

from jobs.after_sales.group_measures import mean_by_group, shares_by_group


def texts(*values):
    return np.array(values, object)


def share_by_group(hit, group, cluster):
    found, = shares_by_group([(hit, group, cluster)])
    return found


def test_several_shares_are_those_of_each_alone():
    rng = np.random.default_rng(7)
    shares = [(rng.random(rows) < 0.4, rng.choice(list("abc"[:groups]), rows), rng.integers(0, 20, rows))
              for rows, groups in ((90, 3), (60, 2), (0, 1), (40, 1))]
    together = shares_by_group(shares)
    assert [len(found) for found in together] == [3, 2, 0, 1] and shares_by_group([]) == []
    for found, each in zip(together, shares):
        assert repr(found) == repr(share_by_group(*each))


def test_a_share_and_its_gap_to_all_others():
    hit = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)
    one, two = share_by_group(hit, texts(*"aaaabbbb"), texts(*"12345678"))
    assert (one.group, one.rows, one.value, one.gap) == ("a", 4, 3 / 4, 3 / 4)
    assert (two.group, two.value, two.gap) == ("b", 0, -3 / 4)
    assert one.low < 3 / 4 < one.high and one.gap_low < 3 / 4 <= one.gap_high and 0 < one.p < 1


def test_a_mean_and_its_gap_to_all_others():
    one, two = mean_by_group(np.array([1.0, 3, 10, 12, 14]), texts(*"aabbb"), texts(*"12345"))
    assert (one.value, two.value, one.gap, two.gap) == (2, 12, 2 - 12, 12 - 2)
    assert one.gap_low < -10 < one.gap_high and (one.gap_low, one.gap_high) == (-two.gap_high, -two.gap_low)
    assert one.p == two.p


@pytest.mark.parametrize("measure", [share_by_group, mean_by_group])
def test_one_group_has_no_gap_and_no_row_no_measure(measure):
    only, = measure(np.array([1, 0, 1]), texts(*"aaa"), texts(*"123"))
    assert only.value == 2 / 3 and np.isnan([only.gap, only.gap_low, only.gap_high, only.p]).all()
    assert measure(np.zeros(0), texts(), texts()) == []


def test_a_mean_of_one_seller_has_no_interval_and_neither_have_equal_values():
    one, two = mean_by_group(np.array([1.0, 3, 10, 12]), texts(*"aabb"), texts(*"1123"))
    assert np.isnan([one.low, one.high, one.gap_low, one.p]).all() and not np.isnan(two.low)
    equal, _ = mean_by_group(np.array([5.0, 5, 5, 5]), texts(*"aabb"), texts(*"1234"))
    assert equal.gap == 0 and np.isnan([equal.gap_low, equal.p]).all()


def test_rows_of_a_seller_that_share_their_fate_do_not_narrow_the_interval():
    few = mean_by_group(np.array([1.0, 2, 5, 6]), texts(*"aabb"), texts(*"1234"))[0]
    copied = mean_by_group(np.repeat([1.0, 2, 5, 6], 50), np.repeat(texts(*"aabb"), 50),
                           np.repeat(texts(*"1234"), 50))[0]
    assert copied.gap_high - copied.gap_low == pytest.approx(few.gap_high - few.gap_low, rel=0.02)


def test_intervals_of_means_hold_the_gap_in_95_percent_of_the_worlds():
    rng, held = np.random.default_rng(3), []
    for _ in range(300):
        cluster = rng.integers(0, 40, 400)
        group = np.where(cluster < 12, "a", "b").astype(object)
        value = rng.normal(0, 0.5, 40)[cluster] + rng.exponential(1, 400) + 0.3 * (cluster < 12)
        found = mean_by_group(value, group, cluster)[0]
        held.append(found.gap_low <= 0.3 <= found.gap_high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.035)
