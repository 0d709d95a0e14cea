"""A measure of cases by group, a share or a mean, with the gap between each group and all others."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from jobs.after_sales.group_shares import gap_p, gaps, group_shares
from jobs.statistics.shares import LEVEL, quantile


@dataclass(frozen=True)
class GroupMeasure:
    """A measure of one group; a number is NaN where the rows do not say it.

    Attributes:
        rows: how many it is of.
        value, low, high: the share or mean, and the ends of its interval.
        gap, gap_low, gap_high: the value less that of all other groups together.
        p: of no gap.
    """

    group: str
    rows: int
    value: float
    low: float
    high: float
    gap: float
    gap_low: float
    gap_high: float
    p: float


def shares_by_group(shares: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> list[list[GroupMeasure]]:
    """Return for each of several shares that of each group, by name, with the intervals of `group_shares`.

    Args:
        shares: hit (rows,) bool, group (rows,) names, cluster (rows,) any labels, such as the seller.
    """
    names, pairs = [], []
    for hit, group, cluster in shares:
        found, codes = np.unique(group.astype(str), return_inverse=True)
        names.append(found)
        pairs.append(group_shares(hit, codes, len(found), cluster))
    measured = []
    for found, (own, other), p in zip(names, pairs, gap_p(pairs)):
        ends, gap = own.interval(), gaps(own, other)
        measured.append(_measures(found, own.rows, own.share, ends.low, ends.high, gap.value, gap.low, gap.high, p))
    return measured


def mean_by_group(value: np.ndarray, group: np.ndarray, cluster: np.ndarray) -> list[GroupMeasure]:
    """Return the mean of each group, by name, with intervals of the t distribution.

    The variance is that of a jackknife over clusters, and at least that of independent rows. The degrees of freedom
    are the effective clusters of the side that has fewer, less 1. Without one there is neither interval nor p.

    Args:
        value: (rows,) numbers; group, cluster: as of `shares_by_group`.
    """
    names, codes = np.unique(group.astype(str), return_inverse=True)
    clusters = np.unique(cluster, return_inverse=True)[1]
    found = []
    for code in range(len(names)):
        mine = codes == code
        own, other = (_Mean.of(value, side, clusters) for side in (mine, ~mine))
        gap = _Mean(own.value - other.value, own.errors - other.errors, min(own.df, other.df), own.least + other.least)
        found.append((mine.sum(), own.value, *own.interval, gap.value, *gap.interval, gap.p))
    return _measures(names, *np.array(found).reshape(-1, 8).T)


@dataclass(frozen=True, eq=False)
class _Mean:
    """A mean of rows, or the difference of two.

    Attributes:
        errors: (clusters,) how far it moves when a cluster is left out. df: effective clusters less 1.
        least: the variance of independent rows.
    """

    value: float
    errors: np.ndarray
    df: float
    least: float

    @classmethod
    def of(cls, value: np.ndarray, counted: np.ndarray, clusters: np.ndarray) -> "_Mean":
        count = int(clusters.max(initial=-1)) + 1
        rows, own = np.bincount(clusters[counted], minlength=count), value[counted]
        total = int(rows.sum())
        if not total:
            return cls(float("nan"), np.zeros(count), 0.0, 0.0)
        mean = float(own.mean())
        moved = np.bincount(clusters[counted], own - mean, minlength=count) / np.maximum(total - rows, 1)
        effective = float(total ** 2 / (rows.astype(float) ** 2).sum())
        return cls(mean, moved, effective - 1, float(own.var() / max(total - 1, 1)))

    @property
    def error(self) -> float:
        """The standard error; NaN without a second cluster, and where nothing varies."""
        clusters = np.count_nonzero(self.errors)
        found = np.sqrt(max((self.errors ** 2).sum() * (clusters - 1) / max(clusters, 1), self.least))
        return float(found) if self.df > 0 and found > 0 else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval of `LEVEL`."""
        half = float(quantile((1 + LEVEL) / 2, self.df)) * self.error
        return self.value - half, self.value + half

    @property
    def p(self) -> float:
        """Two-sided, of 0."""
        return float(2 * special.stdtr(max(self.df, 1e-9), -abs(self.value) / self.error))


def _measures(names: np.ndarray, rows: np.ndarray, *columns: np.ndarray) -> list[GroupMeasure]:
    return [GroupMeasure(str(name), int(count), *map(float, values)) for name, count, *values in
            zip(names, rows, *columns)]
