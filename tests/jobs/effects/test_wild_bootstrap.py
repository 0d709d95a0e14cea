"""The wild cluster bootstrap: regressions one by one, the interval as its test, and coverage with few clusters."""

import numpy as np
import pytest

from jobs.effects import wild_bootstrap as module
from jobs.effects.clustered import clustered
from jobs.effects.estimates import from_error
from jobs.effects.least_squares import cr1, fit
from jobs.effects.wild_bootstrap import wild_bootstrap


def world(rng: np.random.Generator, clusters: int):
    """Clusters of very unequal sizes that share most of their outcome; whole clusters are treated; no effect."""
    codes = np.repeat(np.arange(clusters), rng.integers(3, 60, clusters))
    outcome = rng.normal(size=clusters)[codes] + rng.normal(size=len(codes))
    return outcome, (rng.permutation(clusters) < max(3, clusters // 3))[codes], codes


def test_a_p_value_is_that_of_regressions_one_by_one():
    outcome, treated, codes = world(np.random.default_rng(1), 9)
    tested = 0.3
    design = np.column_stack([np.ones(len(codes)), treated])
    of = fit(design, outcome)
    error = np.sqrt(cr1(of, codes))
    weights = module._weights(9, 199, 1)
    restricted = outcome - tested * treated
    level, rest = restricted.mean(), restricted - restricted.mean()
    extreme = 0
    for draw in weights:
        again = fit(design, level + tested * treated + draw[codes] * rest)
        statistic = abs(again.effect - tested) / np.sqrt(cr1(again, codes))
        extreme += statistic >= abs(of.effect - tested) / error * (1 - 1e-9)
    fast = module._prepared(of, outcome, codes, weights).p(tested, of.effect, error)
    assert fast == pytest.approx((1 + extreme) / 200)


def test_the_interval_holds_the_effects_that_are_not_rejected():
    outcome, treated, codes = world(np.random.default_rng(2), 14)
    found = wild_bootstrap(outcome, treated, codes, draws=999)
    shifted = [wild_bootstrap(outcome - end * treated, treated, codes, draws=999).p
               for end in (found.low - 1e-3, found.low + 1e-3, found.high - 1e-3, found.high + 1e-3)]
    assert shifted[0] <= 0.05 < shifted[1] and shifted[2] > 0.05 >= shifted[3]
    plain = clustered(outcome, treated, codes)
    assert (found.effect, found.error) == (plain.effect, plain.error)


def test_it_covers_with_8_to_12_unequal_clusters_where_the_normal_interval_does_not():
    rng, covered = np.random.default_rng(3), np.zeros(2)
    for number in range(300):
        outcome, treated, codes = world(rng, 8 + number % 5)
        found = wild_bootstrap(outcome, treated, codes, draws=399)
        normal = from_error(found.effect, found.error, np.inf, found.units)
        covered += [found.low <= 0 <= found.high, normal.low <= 0 <= normal.high]
    assert covered[0] / 300 >= 0.91
    assert covered[1] / 300 <= 0.88
    assert abs(covered[0] / 300 - 0.95) < abs(covered[1] / 300 - 0.95)


def test_few_clusters_have_six_weights_and_more_have_signs():
    assert len(np.unique(module._weights(12, 50, 1))) == 6
    assert np.unique(module._weights(13, 50, 1)).tolist() == [-1, 1]
    assert module._weights(12, 5_000, 1).var() == pytest.approx(1, abs=0.02)


def test_two_treated_clusters_give_a_wide_or_endless_interval():
    rng = np.random.default_rng(4)
    codes = np.repeat(np.arange(8), 10)
    outcome = rng.normal(size=8)[codes] + 0.1 * rng.normal(size=80)
    found, plain = (function(outcome, codes < 2, codes) for function in (wild_bootstrap, clustered))
    assert found.high - found.low > 1.2 * (plain.high - plain.low)
    assert 0 < found.p <= 1


def test_covariates_are_those_of_the_adjusted_effect():
    outcome, treated, codes = world(np.random.default_rng(5), 20)
    before = np.random.default_rng(6).normal(size=len(codes))
    found = wild_bootstrap(outcome + 3 * before, treated, codes, before[:, None])
    plain = wild_bootstrap(outcome + 3 * before, treated, codes)
    assert found.effect == pytest.approx(clustered(outcome + 3 * before, treated, codes, before[:, None]).effect)
    assert found.error < plain.error or found.high - found.low < plain.high - plain.low


def test_outcomes_that_never_vary_have_an_interval_of_a_point():
    codes = np.repeat(np.arange(6), 3)
    found = wild_bootstrap(np.zeros(18), codes < 3, codes)
    assert (found.low, found.high, found.p) == (0, 0, 1)


def test_one_treated_cluster_is_refused():
    codes = np.repeat(np.arange(6), 3)
    with pytest.raises(ValueError, match="the treated arm has 1 clusters"):
        wild_bootstrap(np.arange(18.0), codes < 1, codes)
