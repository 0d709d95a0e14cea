"""The loss that a set of decisions catches: bounds, an estimate from random reviews, and their intervals.

Rows that were acted on are censored: an action ends an incident, and verdicts are more frequent where somebody acted.
The lower bound takes every row without a verdict for honest, the upper bound for guilty (Manski 1989). Random reviews
give an estimate between them (Horvitz and Thompson 1952), if there are enough.
"""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 1_000
TAIL = 2.5  # percent beyond each end of an interval
Z = 1.96  # standard errors to each end of a normal interval of 95 %
LEAST_EFFECTIVE = 100  # effective sample size below which no point estimate is given
CHUNK = 50  # resamples at once, so that memory does not grow with them


@dataclass(frozen=True)
class Bounds:
    """A lower and an upper bound, and the interval of 95 % around both, by a bootstrap of entities."""

    lower: float
    upper: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval of 95 %, NaN where the effective sample size is too small."""

    value: float
    lo: float
    hi: float
    effective: float


def bounds(caught_lower: np.ndarray, caught_upper: np.ndarray, entity: np.ndarray, seed: int) -> Bounds:
    """Return the bounds of a total over rows.

    Args:
        caught_lower: (rows,) amount of each row if every unknown row is honest.
        caught_upper: (rows,) amount of each row if every unknown row is guilty.
        entity: (rows,) whose row it is; the rows of one entity are resampled together.
        seed: of the resampling.
    """
    _, index = np.unique(entity, return_inverse=True)
    totals = np.stack([np.bincount(index, weights=caught) for caught in (caught_lower, caught_upper)], axis=1)
    if not len(totals):
        return Bounds(0.0, 0.0, 0.0, 0.0)
    rng = np.random.default_rng(seed)
    resampled = np.concatenate([rng.poisson(1.0, (CHUNK, len(totals))) @ totals for _ in range(RESAMPLES // CHUNK)])
    low, high = np.percentile(resampled[:, 0], TAIL), np.percentile(resampled[:, 1], 100 - TAIL)
    return Bounds(*totals.sum(axis=0).tolist(), float(low), float(high))


def from_samples(amount: np.ndarray, inclusion: np.ndarray, least: float = LEAST_EFFECTIVE) -> Estimate:
    """Return the total of a population from rows that were drawn independently of each other.

    The value is sum(amount / inclusion), its variance sum((1 - inclusion) * (amount / inclusion)^2). The effective
    sample size is that of Kish: sum(w)^2 / sum(w^2) over the weights w = 1 / inclusion.

    Args:
        amount: (drawn rows,) of each drawn row.
        inclusion: (drawn rows,) probability of each, in (0, 1].
        least: effective sample size below which the value is NaN.
    """
    weight = 1 / inclusion
    effective = float(weight.sum() ** 2 / (weight ** 2).sum()) if len(weight) else 0.0
    if effective < least:
        return Estimate(np.nan, np.nan, np.nan, effective)
    value = float((amount * weight).sum())
    error = float(np.sqrt(((1 - inclusion) * (amount * weight) ** 2).sum()))
    return Estimate(value, value - Z * error, value + Z * error, effective)
