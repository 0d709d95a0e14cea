"""Shares of hits by group, with the number of independent rows that each is worth where rows come in clusters.

A percentile bootstrap of clusters was rejected: with few clusters in a group its intervals of 95 % hold the true gap in
nine of ten worlds (docs/fairness.md). Here the variance by cluster gives an effective number of rows, and score
intervals of it are right for rare errors too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from jobs.statistics.shares import LEVEL, Interval, difference, difference_p, wilson


@dataclass(frozen=True, eq=False)
class GroupShares:
    """Hits of each group, and of the rows that it is compared with; arrays have shape (groups,).

    Attributes:
        share: hits / rows; NaN without a row.
        rows, clusters: how many are counted.
        size: rows, divided by the design effect; df: clusters less 1, infinite where each row stands alone.
        errors: (groups, clusters) what each cluster adds to the error of the share; None where each row stands alone.
    """

    share: np.ndarray
    rows: np.ndarray
    clusters: np.ndarray
    size: np.ndarray
    df: np.ndarray
    errors: np.ndarray | None

    def interval(self, level: float = LEVEL) -> Interval:
        """Return Wilson's interval of each share; [0, 1] where fewer than two clusters say nothing."""
        return wilson(self.share, self.size, level, self.df)


def group_shares(hit: np.ndarray, group: np.ndarray, groups: int, cluster: np.ndarray | None = None,
                 reference: int | None = None) -> tuple[GroupShares, GroupShares]:
    """Return the shares of the groups, and those of the rows that each group is compared with.

    The design effect is the variance by cluster divided by that of independent rows, and at least 1. The variance is
    the larger one of the group's own jackknife over clusters (Korn and Graubard 1998 use one in the same place), and
    of what the correlation within the clusters of all groups together makes of the group's cluster sizes. Of few
    clusters the own variance is too uncertain, and without a hit it is 0.

    Args:
        hit: (rows,) bool; group: (rows,) codes below `groups`; cluster: (rows,) any labels.
        reference: the code of the group that the others are compared with; None: all rows of other groups.
    """
    if cluster is None:
        rows, hits = np.bincount(group, minlength=groups), np.bincount(group, hit, minlength=groups)
        other_rows, other_hits = (_others(values.astype(float), reference) for values in (rows, hits))
        return _alone(rows, hits), _alone(other_rows, other_hits)
    codes = np.unique(cluster, return_inverse=True)[1]
    count = int(codes.max(initial=-1)) + 1
    cells = group * count + codes
    rows, hits = (np.bincount(cells, values, minlength=groups * count).reshape(groups, count)
                  for values in (None, hit))
    correlation = _correlation_within(rows, hits)
    return (_clustered(rows, hits, correlation),
            _clustered(_others(rows.astype(float), reference), _others(hits, reference), correlation))


def gaps(one: GroupShares, two: GroupShares, level: float = LEVEL) -> Interval:
    """Return the differences of shares with Newcombe's intervals, each (groups,).

    Shares of the same clusters are correlated, which narrows or widens the interval. A share without an interval
    leaves the gap without a limit: [-1, 1]. A share without a row gives NaN.
    """
    found = difference(one.interval(level), two.interval(level), _correlation_between(one, two))
    undefined = np.isnan(found.value)
    return Interval(found.value, np.where(undefined, np.nan, found.low), np.where(undefined, np.nan, found.high))


def gap_p(pairs: Sequence[tuple[GroupShares, GroupShares]]) -> list[np.ndarray]:
    """Return the two-sided p-values of no gap, (groups,) of each pair, which agree with the intervals of `gaps`.

    A gap without a limit has a p of 1, and one without a row NaN. All of them are searched for together.
    """
    if not pairs:
        return []
    one, two = zip(*pairs)
    fields = [np.concatenate([getattr(each, name) for each in side])
              for name, side in product(("share", "size", "df"), (one, two))]
    found = difference_p(*fields, np.concatenate([_correlation_between(*pair) for pair in pairs]))
    return np.split(found, np.cumsum([len(each.share) for each in one])[:-1])


def _others(values: np.ndarray, reference: int | None) -> np.ndarray:
    """Return the values of the rows that each group is compared with."""
    if reference is None:
        return values.sum(axis=0) - values
    return np.broadcast_to(values[reference], values.shape)


def _alone(rows: np.ndarray, hits: np.ndarray) -> GroupShares:
    return GroupShares(_ratio(hits, rows), rows, rows, rows.astype(float), np.full(len(rows), np.inf), None)


def _clustered(rows: np.ndarray, hits: np.ndarray, correlation: float) -> GroupShares:
    """Return the shares of groups from counts by cluster, each (groups, clusters)."""
    total, clusters = rows.sum(axis=1), (rows > 0).sum(axis=1)
    share = _ratio(hits.sum(axis=1), total)
    safe = np.maximum(total, 1)[:, None]
    errors = np.where(rows > 0, (hits - rows * np.nan_to_num(share)[:, None]) / safe, 0.0)
    # A cluster that is left out moves the share by its error, divided by the rows that stay.
    left_out = errors / np.where(rows < safe, 1 - rows / safe, 1.0)
    jackknife = (clusters - 1) / np.maximum(clusters, 1) * (left_out ** 2).sum(axis=1)
    independent = np.nan_to_num(share * (1 - share)) / safe[:, 0]
    own = np.where(independent > 0, jackknife / np.where(independent > 0, independent, 1.0), 1.0)
    together = 1 + correlation * ((rows.astype(float) ** 2).sum(axis=1) / safe[:, 0] - 1)
    return GroupShares(share, total, clusters, total / np.maximum.reduce([own, together, np.ones(len(own))]),
                       np.maximum(clusters - 1.0, 0.0), errors)


def _correlation_within(rows: np.ndarray, hits: np.ndarray) -> float:
    """Return the correlation of two rows of a cluster, at least 0, from all groups, each around its own share."""
    total, clusters = rows.sum(axis=1), (rows > 0).sum(axis=1)
    share = np.nan_to_num(_ratio(hits.sum(axis=1), total))
    spread = share * (1 - share)
    squares = ((hits - rows * share[:, None]) ** 2).sum(axis=1) * clusters / np.maximum(clusters - 1, 1)
    several = clusters > 1
    pairs = ((rows * (rows - 1.0)).sum(axis=1) * spread)[several].sum()
    return float(np.clip((squares - spread * total)[several].sum() / pairs, 0, 1)) if pairs > 0 else 0.0


def _correlation_between(one: GroupShares, two: GroupShares) -> np.ndarray:
    """Return the correlation of the errors of two shares: 0 unless they have clusters in common."""
    if one.errors is None or two.errors is None:
        return np.zeros(len(one.share))
    lengths = np.sqrt((one.errors ** 2).sum(axis=1) * (two.errors ** 2).sum(axis=1))
    return np.where(lengths > 0, (one.errors * two.errors).sum(axis=1) / np.where(lengths > 0, lengths, 1), 0.0)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
