"""Proxies: mutual information by hand, without bias, and false calls where rows of a cluster resemble each other."""

import numpy as np
import pytest

from jobs.after_sales.proxies import binned, proxies


def test_a_feature_that_names_the_group_has_the_group_s_entropy():
    group = np.array(["a", "b"] * 200, object)
    found = proxies({"copy": group, "noise": np.arange(400) // 2 % 7}, group)
    assert [proxy.feature for proxy in found] == ["copy", "noise"]
    assert found[0].share == pytest.approx(1, abs=0.02) and found[0].bits == pytest.approx(1, abs=0.02)
    assert found[0].q == pytest.approx(2 / 200) and abs(found[1].bits) < 0.02


def test_information_of_a_noisy_copy_by_hand():
    rng = np.random.default_rng(1)
    group = rng.integers(0, 2, 40_000)
    noisy = np.where(rng.random(40_000) < 0.9, group, 1 - group)
    entropy = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.1))
    assert proxies({"noisy": noisy}, group, permutations=19)[0].bits == pytest.approx(1 - entropy, abs=0.01)


def test_many_values_say_nothing_by_chance():
    """The plain estimate of a feature with a value for every other row is half of the entropy."""
    rng = np.random.default_rng(2)
    found = proxies({"seller": rng.integers(0, 150, 300).astype(str)}, rng.integers(0, 2, 300))
    assert abs(found[0].bits) < 0.05 and found[0].p > 0.05


def test_without_information_few_features_are_called():
    rng = np.random.default_rng(3)
    p = [proxies({"x": rng.normal(size=200)}, rng.integers(0, 3, 200), permutations=39, seed=seed)[0].p
         for seed in range(200)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.035)


def test_where_rows_of_a_seller_resemble_each_other_whole_sellers_are_dealt_out():
    rng, called = np.random.default_rng(4), np.zeros(2)
    for seed in range(60):
        seller = np.repeat(np.arange(40), 10)
        group = rng.integers(0, 2, 40)[seller]
        feature = {"age": rng.normal(size=40)[seller]}
        called += [proxies(feature, group, cluster, permutations=39, seed=seed)[0].p <= 0.05
                   for cluster in (seller, None)]
    assert called[0] / 60 <= 0.12 and called[1] / 60 > 0.8


def test_groups_within_sellers_are_dealt_out_within_them():
    rng = np.random.default_rng(5)
    seller = np.repeat(np.arange(30), 20)
    tenure = (rng.random(600) < np.repeat(rng.random(30), 20)).astype(int)
    # What the seller says about the group is no proxy within it.
    assert proxies({"seller": seller.astype(str)}, tenure, seller)[0].p > 0.05
    assert proxies({"seller": seller.astype(str)}, tenure)[0].p < 0.01


def test_bins_have_equal_counts_and_empty_values_are_a_bin():
    assert np.bincount(binned(np.arange(100.0))).tolist() == [9, *[10] * 8, 11]
    codes = binned(np.array([1.0, np.nan, 1.0, 2.0]))
    assert codes[0] == codes[2] and len(set(codes)) == 3
    assert len(set(binned(np.array(["x", None, "", "y"], object)))) == 3
    assert binned(np.array([np.nan, np.nan])).tolist() == [0, 0]


def test_one_group_is_refused():
    with pytest.raises(ValueError, match="the only group is a"):
        proxies({"x": np.arange(3)}, np.array(["a"] * 3))
