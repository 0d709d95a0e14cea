"""The audit of decisions by group: error rates, and gaps between each group and the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.after_sales.decisions import FNR, FPR, Decisions, ratios
from jobs.after_sales.group_measures import GroupMeasure
from jobs.after_sales.group_shares import GroupShares, gap_p, gaps, group_shares
from jobs.statistics.false_discoveries import benjamini_hochberg
from jobs.statistics.shares import LEVEL


@dataclass(frozen=True)
class Rate(GroupMeasure):
    """A rate of one group, and its gap to the rest or to the reference; the reference itself has no gap.

    Attributes:
        clusters: how many the rate is of; rows where each row stands alone.
        q: of all gaps of the audit together (Benjamini and Hochberg 1995); NaN where there is no gap.
    """

    metric: str
    clusters: int
    q: float


def audit(of: Decisions, reference: str | None = None, level: float = LEVEL) -> list[Rate]:
    """Return every rate of every group, by metric and then by name of the group.

    Args:
        reference: the group that the others are compared with; None: each group with all rows of other groups.
        level: of the intervals. q-values do not depend on it.

    Raises:
        ValueError: there are fewer than two groups, or the reference is none of them.
    """
    names, codes = np.unique(of.group, return_inverse=True)
    if len(names) < 2 or (reference is not None and reference not in names):
        raise ValueError(f"the groups are {', '.join(map(str, names))}; expected two or more"
                         + (f", and {reference} among them" if reference is not None else ""))
    against = None if reference is None else int(np.flatnonzero(names == reference)[0])
    pairs = {}
    for metric, ratio in ratios(of).items():
        rows = ratio.counted
        pairs[metric] = group_shares(ratio.hit[rows], codes[rows], len(names),
                                     None if of.cluster is None else of.cluster[rows], against)
    p = np.stack(gap_p(list(pairs.values())))
    if against is not None:
        p[:, against] = np.nan
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    return [rate for place, (metric, pair) in enumerate(pairs.items())
            for rate in _rates(metric, names, *pair, p[place], q[place], level)]


def _rates(metric: str, names: np.ndarray, own: GroupShares, other: GroupShares, p: np.ndarray, q: np.ndarray,
           level: float) -> Iterator[Rate]:
    ends, gap = own.interval(level), gaps(own, other, level)
    for code, name in enumerate(names):
        compared = (gap.value, gap.low, gap.high) if not np.isnan(p[code]) else (np.full(len(names), np.nan),) * 3
        yield Rate(str(name), int(own.rows[code]),
                   *(float(values[code]) for values in (own.share, ends.low, ends.high, *compared, p)),
                   metric, int(own.clusters[code]), float(q[code]))


@dataclass(frozen=True)
class EqualisedOdds:
    """Whether errors are equally frequent in all groups, given the truth (Hardt, Price and Srebro 2016).

    Attributes:
        p: of the hypothesis that FPR and FNR have no gap in any group (Simes 1986); NaN without any gap.
        largest: the largest gap of the two rates, None without any.
    """

    p: float
    largest: Rate | None


def equalised_odds(rates: Sequence[Rate]) -> EqualisedOdds:
    """Return the test over the gaps of FPR and FNR of an audit."""
    errors = [rate for rate in rates if rate.metric in (FPR, FNR) and not np.isnan(rate.p)]
    if not errors:
        return EqualisedOdds(float("nan"), None)
    return EqualisedOdds(float(benjamini_hochberg([rate.p for rate in errors]).min()),
                         max(errors, key=lambda rate: abs(rate.gap)))
