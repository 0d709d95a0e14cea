"""Permutation p-values: every assignment by hand, and uniform where nothing differs."""

import itertools

import numpy as np
import pytest
from scipy import stats

from jobs.effects.permutation import permutation_p


def statistic(outcome, treated):
    arms = outcome[treated], outcome[~treated]
    return abs(arms[0].mean() - arms[1].mean()) / np.sqrt(sum(arm.var(ddof=1) / len(arm) for arm in arms))


def test_it_is_near_the_share_of_all_assignments():
    outcome, treated = np.array([5.0, 9, 7, 1, 2, 6, 3, 4]), np.arange(8) < 3
    every = [statistic(outcome, np.isin(np.arange(8), chosen)) for chosen in itertools.combinations(range(8), 3)]
    exact = np.mean(np.array(every) >= statistic(outcome, treated) - 1e-9)
    assert permutation_p(outcome, treated, permutations=9_999) == pytest.approx(exact, abs=0.015)


def test_it_is_uniform_where_nothing_differs_with_heavy_tails_and_unequal_arms():
    rng = np.random.default_rng(1)
    found = [permutation_p(rng.lognormal(sigma=2, size=60), np.arange(60) < 12, permutations=199, seed=seed)
             for seed in range(500)]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.03)


def test_units_change_places_within_their_stratum_where_shares_differ():
    rng, within, across = np.random.default_rng(7), [], []
    for seed in range(400):
        stratum = np.repeat([0, 1], [60, 40])
        treated = rng.random(100) < np.where(stratum, 0.3, 0.8)
        outcome = 2.0 * stratum + rng.lognormal(size=100)
        within.append(permutation_p(outcome, treated, permutations=199, seed=seed, strata=stratum))
        across.append(permutation_p(outcome, treated, permutations=199, seed=seed))
    assert stats.kstest(within, "uniform").pvalue > 0.01
    assert np.mean(np.array(across) <= 0.05) > 0.5
    assert permutation_p(outcome + 2 * treated, treated, strata=stratum) == 0.001  # and a true effect is seen


def test_strata_and_clusters_together_are_refused():
    codes = np.arange(8) // 2
    with pytest.raises(ValueError, match="expected one of them"):
        permutation_p(np.arange(8.0), codes < 2, codes, strata=codes)


def clusters_of(rng, count=16):
    return np.repeat(np.arange(count), rng.integers(3, 12, count))


def test_whole_clusters_are_assigned_again():
    rng, by_cluster, by_unit = np.random.default_rng(2), [], []
    for seed in range(300):
        codes = clusters_of(rng)
        outcome = rng.normal(size=16)[codes] + 0.3 * rng.normal(size=len(codes))
        treated = (rng.permutation(16) < 6)[codes]
        by_cluster.append(permutation_p(outcome, treated, codes, permutations=199, seed=seed))
        by_unit.append(permutation_p(outcome, treated, permutations=199, seed=seed))
    assert stats.kstest(by_cluster, "uniform").pvalue > 0.01
    assert np.mean(np.array(by_unit) <= 0.05) > 0.3


def test_with_clusters_it_is_near_the_share_of_all_assignments_of_clusters():
    outcome = np.array([9.0, 8, 9, 1, 2, 2, 1, 3, 2, 1, 2, 3, 1, 8.5])
    codes = np.array([0, 0, 0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7])

    def clustered_statistic(chosen):
        treated = np.isin(codes, chosen)
        means = np.where(treated, outcome[treated].mean(), outcome[~treated].mean())
        parts = (outcome - means) / np.where(treated, treated.sum(), (~treated).sum())
        return abs(outcome[treated].mean() - outcome[~treated].mean()) / np.sqrt((np.bincount(codes, parts) ** 2).sum())

    every = np.array([clustered_statistic(chosen) for chosen in itertools.combinations(range(8), 2)])
    exact = np.mean(every >= clustered_statistic((0, 7)) - 1e-9)
    found = permutation_p(outcome, np.isin(codes, (0, 7)), codes, permutations=9_999)
    assert exact == 1 / 28
    assert found == pytest.approx(exact, abs=0.01)


def test_where_clusters_have_both_arms_units_change_places_within_them():
    rng, found, biased = np.random.default_rng(3), [], []
    for seed in range(300):
        codes = clusters_of(rng)
        # Clusters with higher outcomes have more treated units: only places within a cluster are by chance.
        treated = rng.random(len(codes)) < (0.2 + 0.6 * codes / 15)
        treated[np.r_[0, np.flatnonzero(np.diff(codes)) + 1]] = codes[np.r_[0, np.flatnonzero(np.diff(codes)) + 1]] % 2
        outcome = codes + rng.normal(size=len(codes))
        found.append(permutation_p(outcome, treated, codes, permutations=199, seed=seed))
        biased.append(permutation_p(outcome, treated, permutations=199, seed=seed))
    assert stats.kstest(found, "uniform").pvalue > 0.001
    assert np.mean(np.array(biased) <= 0.05) > 0.5


def test_an_effect_is_found_and_p_is_never_0():
    rng = np.random.default_rng(4)
    treated = np.arange(80) < 40
    assert permutation_p(rng.normal(size=80) + 3 * treated, treated) == 1 / 1_000


def test_it_is_repeated_by_its_seed():
    rng = np.random.default_rng(5)
    outcome, treated = rng.normal(size=50), np.arange(50) < 20
    assert permutation_p(outcome, treated, seed=1) == permutation_p(outcome, treated, seed=1)
    assert permutation_p(outcome, treated, seed=1) != permutation_p(outcome, treated, seed=2)


def test_outcomes_that_never_vary_differ_nowhere():
    assert permutation_p(np.ones(10), np.arange(10) < 5) == 1
    assert permutation_p(np.ones(10), np.arange(10) < 5, np.arange(10) // 2 + (np.arange(10) < 5) * 10) == 1


def test_one_treated_cluster_is_refused():
    with pytest.raises(ValueError, match="the treated arm has 1 clusters"):
        permutation_p(np.arange(8.0), np.arange(8) < 2, np.arange(8) // 2)
