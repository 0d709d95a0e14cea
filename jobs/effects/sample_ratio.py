"""Sample-ratio mismatch: whether the arms have the sizes that were planned. If not, something sorts units into arms."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

BLOCKS_BELOW = 0.001  # p-value at which no effect of the experiment is read


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the chi-square p-value of the arms' counts against their planned shares.

    Args:
        counts: units of each arm. Where clusters were assigned, counts of clusters: units of a cluster come together.
        shares: planned share of each arm; only their ratios count.

    Returns:
        The p-value; 1 without a unit; 0 if an arm with a share of 0 has a unit.

    Raises:
        ValueError: counts and shares differ in number, or a share is negative, or none is above 0.
    """
    seen, planned = np.asarray(counts, float), np.asarray(shares, float)
    if seen.shape != planned.shape or (planned < 0).any() or not planned.sum() > 0:
        raise ValueError(f"{len(seen)} counts against shares {planned.tolist()}; expected a share from 0 up for each")
    if not seen.sum():
        return 1.0
    if seen[planned == 0].any():
        return 0.0
    used = planned > 0
    expected = seen.sum() * planned[used] / planned.sum()
    return float(stats.chi2.sf(((seen[used] - expected) ** 2 / expected).sum(), max(used.sum() - 1, 1)))


def cluster_counts(arm: np.ndarray, clusters: np.ndarray, names: Sequence[str]) -> list[int]:
    """Return how many clusters each arm has. A cluster with units of several arms counts in each of them."""
    return [len(np.unique(clusters[arm == name])) for name in names]
