"""The same evidence, the same decision: gaps between groups within strata of equal evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from jobs.after_sales.decisions import Decisions
from jobs.statistics.false_discoveries import benjamini_hochberg
from jobs.statistics.shares import LEVEL, quantile


@dataclass(frozen=True)
class StratifiedGap:
    """How much more often a group is decided positive than others with the same evidence.

    Attributes:
        strata: those in which both sides have rows, which alone say something; own_rows: of the group within them.
        all_rows: decided rows of the group, with or without others of the same evidence.
        value, low, high: the difference of shares, by Mantel and Haenszel's weights; NaN without such a stratum.
        p: of no difference; q: of all groups together.
    """

    group: str
    strata: int
    own_rows: int
    all_rows: int
    value: float
    low: float
    high: float
    p: float
    q: float


def same_evidence(of: Decisions, evidence: np.ndarray, reference: str | None = None,
                  level: float = LEVEL) -> list[StratifiedGap]:
    """Return the gap of each group to the rest, or to the reference, among decided rows of equal evidence.

    Truth plays no part. Evidence that the table leaves out makes a gap without unequal treatment.

    Args:
        evidence: (rows,) labels of strata: rows with the same label have the same evidence.
        reference: the group that the others are compared with; it has no gap itself.
    """
    decided = np.ones(len(of.label), bool) if of.abstained is None else ~np.asarray(of.abstained, bool)
    strata = np.unique(evidence[decided], return_inverse=True)[1]
    clusters = None if of.cluster is None else np.unique(of.cluster[decided], return_inverse=True)[1]
    found = []
    for name in np.unique(of.group):
        if name == reference:
            continue
        mine = (of.group == name)[decided]
        compared = np.ones(len(mine), bool) if reference is None else mine | (of.group == reference)[decided]
        found.append((str(name), *_gap(np.asarray(of.decision, bool)[decided][compared], mine[compared],
                                       strata[compared], None if clusters is None else clusters[compared], level)))
    return [StratifiedGap(*row, float(q)) for row, q in zip(found, benjamini_hochberg([row[-1] for row in found]))]


def _gap(positive: np.ndarray, mine: np.ndarray, strata: np.ndarray, clusters: np.ndarray | None,
         level: float) -> tuple[int, int, int, float, float, float, float]:
    """Return the fields of a `StratifiedGap` from `strata` to `p`."""
    all_rows, kinds = int(mine.sum()), int(strata.max(initial=-1)) + 1
    sizes = [np.bincount(strata[side], minlength=kinds) for side in (mine, ~mine)]
    both = (sizes[0] > 0) & (sizes[1] > 0)
    kept = both[strata]
    if not both.any():
        return (0, 0, all_rows, *(float("nan"),) * 4)
    value, variance, df = mantel_haenszel(
        positive[kept].astype(float), mine[kept].astype(float), np.unique(strata[kept], return_inverse=True)[1],
        None if clusters is None else clusters[kept])
    counts = int(both.sum()), int((kept & mine).sum()), all_rows
    if df <= 0:
        return *counts, value, -1.0, 1.0, 1.0
    error = np.sqrt(variance)
    half = float(quantile((1 + level) / 2, df)) * error
    # The variance is 0 only where all decisions are equal.
    p = float(2 * special.stdtr(df, -abs(value) / error)) if error > 0 else 1.0
    return *counts, value, max(value - half, -1.0), min(value + half, 1.0), p


def mantel_haenszel(outcome: np.ndarray, treated: np.ndarray, strata: np.ndarray,
                    clusters: np.ndarray | None = None) -> tuple[float, float, float]:
    """Return the stratified difference of shares, its variance and its degrees of freedom.

    Strata weigh n1 n0 / n. The variance is that of Sato (1989), which is right for few large and for many small strata,
    and at least that of Mantel and Haenszel (1959) without a gap: Sato's is 0 where all decisions of a side are equal.
    With clusters it is at least that of a jackknife over them, and the degrees of freedom are the effective clusters of
    the side that has fewer, less 1; otherwise they are infinite.

    Args:
        outcome, treated: (rows,) 0 or 1; strata: (rows,) codes from 0 up, with both sides in each; clusters: (rows,).
    """
    n1, n0 = np.bincount(strata, treated), np.bincount(strata, 1 - treated)
    x1, x0 = np.bincount(strata, treated * outcome), np.bincount(strata, (1 - treated) * outcome)
    n = n1 + n0
    weight = float((n1 * n0 / n).sum())
    value = float(((x1 * n0 - x0 * n1) / n).sum()) / weight
    spread = ((n1 ** 2 * x0 - n0 ** 2 * x1 + n1 * n0 * (n0 - n1) / 2) / n ** 2).sum()
    mixed = ((x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n)).sum()
    positive = x1 + x0
    without_gap = (n1 * n0 * positive * (n - positive) / (n ** 2 * (n - 1))).sum()
    variance = max(float(value * spread + mixed), float(without_gap)) / weight ** 2
    if clusters is None:
        return value, variance, np.inf
    codes = np.unique(clusters, return_inverse=True)[1]
    fewer = min(_effective(np.bincount(codes, treated == side)) for side in (0, 1))
    return value, max(variance, _by_cluster(outcome, treated, strata, codes, value)), fewer - 1.0


def _effective(sizes: np.ndarray) -> float:
    """Return how many clusters of equal size would be worth as much; a large one is worth less than its rows."""
    return float(sizes.sum() ** 2 / (sizes ** 2).sum())


def _by_cluster(outcome: np.ndarray, treated: np.ndarray, strata: np.ndarray, codes: np.ndarray,
                value: float) -> float:
    """Return the jackknife variance of the difference: it is the coefficient of a regression with a level a stratum."""
    rest, rest_outcome = (values - (np.bincount(strata, values) / np.bincount(strata))[strata]
                          for values in (treated, outcome))
    scores = np.bincount(codes, rest * (rest_outcome - value * rest))
    weights = np.bincount(codes, rest ** 2)
    total, count = weights.sum(), len(scores)
    left_out = scores / np.where(weights < total, total - weights, total)
    # The levels of the strata take variance away from the scores.
    levels = len(outcome) / max(len(outcome) - int(strata.max()) - 1, 1)
    return float(levels * (count - 1) / count * (left_out ** 2).sum())


def strata_of(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Return a code for each distinct combination of values, (rows,), from columns of shape (rows,).

    Raises:
        ValueError: there is no column.
    """
    codes = None
    for column in columns:
        own = np.unique(column, return_inverse=True)[1]
        codes = own if codes is None else np.unique(codes * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
    if codes is None:
        raise ValueError("no column of evidence; expected one or more")
    return codes
