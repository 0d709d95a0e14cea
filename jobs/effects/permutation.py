"""Permutation p-values: how often arms that are drawn again differ as much as the real ones."""

import numpy as np

from jobs.effects.clustered import cluster_codes, clusters_by_arm, require_clusters
from jobs.effects.estimates import require_units

PERMUTATIONS = 999


def permutation_p(outcome: np.ndarray, treated: np.ndarray, clusters: np.ndarray | None = None,
                  permutations: int = PERMUTATIONS, seed: int = 1, strata: np.ndarray | None = None) -> float:
    """Return the two-sided p-value of the studentised difference of means.

    Exact if the arms change nothing for anyone, and right in large samples if only the means are equal, because the
    difference is divided by its error (Chung and Romano 2013). The real assignment counts as one of the permutations,
    so that p is at least 1 / (permutations + 1).

    Clusters that are wholly in one arm are assigned as wholes. Where a cluster has both arms, units were assigned
    within clusters, and so they are here.

    Args:
        outcome: (units,); treated: (units,) bool; clusters: (units,) any labels.
        strata: (units,) any labels: units change places within their stratum alone, because shares differ between
            strata, and the statistic is that of the mean of their differences, weighted by their units. Without
            clusters.

    Raises:
        ValueError: an arm has fewer than 2 units or clusters, in all or in a stratum; or clusters and strata are given.
    """
    require_units(treated)
    rng = np.random.default_rng(seed)
    if strata is not None and clusters is not None:
        raise ValueError("clusters and strata: expected one of them")
    if clusters is None:
        codes = np.zeros(len(treated), int) if strata is None else cluster_codes(strata)[0]
        statistics = _of_units(outcome, treated, codes, permutations, rng)
    else:
        codes, count = cluster_codes(clusters)
        require_clusters(treated, codes)
        drawn = _of_clusters if sum(clusters_by_arm(treated, codes)) == count else _within_clusters
        statistics = drawn(outcome, treated, codes, permutations, rng)
    # Rounding must not make an equal statistic smaller.
    return float((statistics[1:] >= statistics[0] * (1 - 1e-9)).sum() + 1) / (permutations + 1)


def _of_units(outcome: np.ndarray, treated: np.ndarray, codes: np.ndarray, permutations: int,
              rng: np.random.Generator) -> np.ndarray:
    effects, variances = np.zeros(permutations + 1), np.zeros(permutations + 1)
    for stratum in np.unique(codes):
        mine = codes == stratum
        require_units(treated[mine])
        difference, variance = _differences(outcome[mine], treated[mine], permutations, rng)
        effects += mine.mean() * difference
        variances += mine.mean() ** 2 * variance
    return _studentised(effects, variances)


def _differences(outcome: np.ndarray, treated: np.ndarray, permutations: int,
                 rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the differences of means and their variances: of the real arms first, then of each permutation."""
    # Sums of squares lose their digits far from 0.
    values = outcome - outcome.mean()
    count, treated_count, squares = len(values), int(treated.sum()), (values ** 2).sum()
    sums = np.empty((permutations + 1, 2))
    for number in range(permutations + 1):
        chosen = values[rng.permutation(count)[:treated_count]] if number else values[treated]
        sums[number] = chosen.sum(), (chosen ** 2).sum()
    sizes = np.array([treated_count, count - treated_count])
    means = np.stack([sums[:, 0], values.sum() - sums[:, 0]], axis=1) / sizes
    spread = np.stack([sums[:, 1], squares - sums[:, 1]], axis=1) / sizes - means ** 2
    return means[:, 0] - means[:, 1], (np.maximum(spread, 0) / (sizes - 1)).sum(axis=1)


def _of_clusters(outcome: np.ndarray, treated: np.ndarray, codes: np.ndarray, permutations: int,
                 rng: np.random.Generator) -> np.ndarray:
    sums, sizes = np.bincount(codes, outcome), np.bincount(codes)
    arm = np.bincount(codes, treated) > 0
    arms = np.stack([arm if number == 0 else rng.permutation(arm) for number in range(permutations + 1)])
    return _cluster_statistic(arms * sums, ~arms * sums, arms * sizes, ~arms * sizes)


def _within_clusters(outcome: np.ndarray, treated: np.ndarray, codes: np.ndarray, permutations: int,
                     rng: np.random.Generator) -> np.ndarray:
    by_cluster = np.argsort(codes, kind="stable")
    codes, outcome, treated = codes[by_cluster], outcome[by_cluster], treated[by_cluster]
    totals, treated_sizes = np.bincount(codes, outcome), np.bincount(codes, treated)
    sums = np.empty((permutations + 1, len(totals)))
    for number in range(permutations + 1):
        # Sorted by cluster and a random number: units of a cluster change places with each other alone.
        order = np.lexsort((rng.random(len(codes)), codes)) if number else slice(None)
        sums[number] = np.bincount(codes, outcome[order] * treated)
    return _cluster_statistic(sums, totals - sums, treated_sizes[None], (np.bincount(codes) - treated_sizes)[None])


def _cluster_statistic(treated_sums: np.ndarray, control_sums: np.ndarray, treated_sizes: np.ndarray,
                       control_sizes: np.ndarray) -> np.ndarray:
    """Return the statistics of many assignments, each a row of sums and sizes by cluster. The factor of CR1 cancels."""
    effects, influence = [], 0.0
    for sums, sizes, sign in ((treated_sums, treated_sizes, 1), (control_sums, control_sizes, -1)):
        units = sizes.sum(axis=1, keepdims=True)
        mean = sums.sum(axis=1, keepdims=True) / units
        effects.append(mean[:, 0])
        influence = influence + sign * (sums - mean * sizes) / units
    return _studentised(effects[0] - effects[1], (influence ** 2).sum(axis=1))


def _studentised(effects: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Return |effect| / error; without variance, 0 for no effect and infinity for any."""
    errors = np.sqrt(variances)
    return np.where(errors > 0, np.abs(effects) / np.where(errors > 0, errors, 1),
                    np.where(effects == 0, 0.0, np.inf))
