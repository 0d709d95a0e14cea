"""The loss that a set of decisions catches: bounds, an estimate from random reviews, and their intervals.

Rows are censored on both sides of a comparison where somebody acted on their entity up to the end of their horizon. The
action may have ended the incident, and verdicts are more frequent where somebody acted. This holds for rows that act,
for rows in cooldown, and for released rows on which the lake's own policy has acted. It does not hold for rows of a
holdout that nobody acted on, nor for rows that found no reviewer: their incidents ran on. A missing verdict is no
innocence there either, so that only random reviews give a point estimate.

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

    Each entity is drawn Poisson(1) times. The interval is about the total of as many days like these: the number of
    entities varies with it.

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


def from_reviews(amount: np.ndarray, inclusion: np.ndarray) -> Estimate:
    """Return the total of rows of which some were drawn for a random review, and some of these were answered.

    Open reviews count as missing at random: the inclusion probability is that of the draw times the answered share.

    Args:
        amount: (rows,) of each row by its review; NaN where there is no answer.
        inclusion: (rows,) probability of the draw; NaN where the row was not drawn.
    """
    drawn = ~np.isnan(inclusion)
    answered = drawn & ~np.isnan(amount)
    if not answered.any():
        return Estimate(np.nan, np.nan, np.nan, 0.0)
    return from_samples(amount[answered], inclusion[answered] * answered.sum() / drawn.sum())


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
