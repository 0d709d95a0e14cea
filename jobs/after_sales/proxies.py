"""Proxies: how much each feature says about the group, although the group's columns are no features."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.statistics.false_discoveries import benjamini_hochberg

BINS = 10  # of equal count, for numbers
PERMUTATIONS = 199


@dataclass(frozen=True)
class Proxy:
    """What a feature says about the group.

    Attributes:
        bits: mutual information, less what chance alone gives (the mean of the permutations); may be below 0.
        share: bits divided by the entropy of the group, so that 1 is a feature that names the group.
        p: of no information; q: of all features together.
    """

    feature: str
    bits: float
    share: float
    p: float
    q: float


def proxies(features: Mapping[str, np.ndarray], group: np.ndarray, cluster: np.ndarray | None = None,
            permutations: int = PERMUTATIONS, seed: int = 1) -> list[Proxy]:
    """Return what each feature says about the group, the strongest proxy first.

    Each permutation deals the groups out again. Where a cluster has one group, as a seller has one region, whole
    clusters change places: the rows of a seller resemble each other, and rows that are dealt out singly would make
    every feature a proxy. Where a cluster has several groups, rows change places within it.

    Args:
        features: (rows,) numbers, cut into `BINS` of equal count, or texts, each value a bin; empty values are a bin.
        group: (rows,) names; cluster: (rows,) any labels.

    Raises:
        ValueError: there is no second group.
    """
    names, codes = np.unique(group, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"the only group is {', '.join(map(str, names))}; expected two or more")
    deal = _dealer(codes, cluster, np.random.default_rng(seed))
    information = _information([binned(np.asarray(values)) for values in features.values()], len(names), len(codes))
    by_chance = np.array([information(deal()) for _ in range(permutations)])
    counts = np.bincount(codes) / len(codes)
    entropy = float(-(counts * np.log2(counts)).sum())
    found = []
    for name, value, chance in zip(features, information(codes), by_chance.T):
        # Rounding must not make an equal value smaller.
        p = float((chance >= value - 1e-12).sum() + 1) / (permutations + 1)
        bits = value - float(chance.mean())
        found.append((name, bits, bits / entropy, p))
    q = benjamini_hochberg([row[-1] for row in found])
    return sorted((Proxy(*row, float(each)) for row, each in zip(found, q)), key=lambda proxy: (-proxy.bits,
                                                                                               proxy.feature))


def binned(values: np.ndarray) -> np.ndarray:
    """Return the bin of each value as a code from 0 up: numbers by quantiles, other values by themselves."""
    if np.issubdtype(values.dtype, np.number):
        numbers = values.astype(float)
        known = ~np.isnan(numbers)
        if not known.any():
            return np.zeros(len(values), int)
        # The least value of each bin; a value that repeats is in one bin.
        edges = np.unique(np.quantile(numbers[known], np.arange(1, BINS) / BINS, method="inverted_cdf"))
        return np.where(known, np.searchsorted(edges, numbers, side="right"), len(edges) + 1)
    return np.unique(np.array(["" if value is None else str(value) for value in values], object),
                     return_inverse=True)[1]


def _information(bins: Sequence[np.ndarray], groups: int, rows: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function of (rows,) codes of groups that gives what each feature says of them, (features,) bits.

    It is the mutual information as plugged in from the counts, which is biased upwards. All features are counted
    together: a count of each alone takes three times as long.
    """
    first = np.concatenate([[0], np.cumsum([int(of.max()) + 1 for of in bins])])
    cells = np.stack([(of + start) * groups for of, start in zip(bins, first)])
    # n log n of each possible count: the information is a sum of them.
    terms = np.arange(rows + 1) * np.log2(np.maximum(np.arange(rows + 1), 1))
    of_bins = np.add.reduceat(terms[np.bincount(cells.ravel() // groups, minlength=first[-1])], first[:-1])

    def information(codes: np.ndarray) -> np.ndarray:
        counts = np.bincount((cells + codes).ravel(), minlength=first[-1] * groups)
        both = np.add.reduceat(terms[counts], first[:-1] * groups)
        return (both - of_bins - terms[np.bincount(codes)].sum() + terms[rows]) / rows

    return information


def _dealer(codes: np.ndarray, cluster: np.ndarray | None, rng: np.random.Generator) -> Callable[[], np.ndarray]:
    """Return a function that deals the groups out to the rows again."""
    if cluster is None:
        return lambda: rng.permutation(codes)
    first, rows = np.unique(cluster, return_index=True, return_inverse=True)[1:]
    if (codes == codes[first][rows]).all():
        return lambda: rng.permutation(codes[first])[rows]
    by_cluster = np.argsort(rows, kind="stable")

    def within() -> np.ndarray:
        found = np.empty_like(codes)
        found[by_cluster] = codes[np.lexsort((rng.random(len(codes)), rows))]
        return found

    return within
