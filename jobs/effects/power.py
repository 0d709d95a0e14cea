"""The smallest effect that an experiment can be expected to see, before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from jobs.decisions.random_assignment import unit_interval

ALPHA, POWER = 0.05, 0.8
HASHES = 1_000


def minimal_effect(error: float, df: float = np.inf, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the effect that a two-sided test of size alpha finds with a probability of `power`.

    It is the standard error times the sum of two quantiles of the t distribution; of the normal one by default.
    """
    return float(error * (stats.t.ppf(1 - alpha / 2, df) + stats.t.ppf(power, df)))


def planned_error(variance: float, treated: float, control: float) -> float:
    """Return the standard error of a difference of means from the variance of a unit's outcome and the arms' sizes."""
    return float(np.sqrt(variance / treated + variance / control))


@dataclass(frozen=True)
class Rehashed:
    """What assignments by other salts would have shown on days when nobody was treated.

    Attributes:
        effects: (hashes,) differences of means; error: their standard deviation.
        smallest: the minimal detectable effect.
    """

    effects: np.ndarray
    error: float
    smallest: float


def rehashed(outcome: np.ndarray, units: Sequence[str], share: float, hashes: int = HASHES, salt: str = "rehash",
             alpha: float = ALPHA, power: float = POWER) -> Rehashed:
    """Return the differences of means of history that is assigned again and again, and the smallest effect to be seen.

    The standard deviation of the differences is the error of the design, whatever the tails, the sizes of the units
    and the ties between their rows.

    Args:
        outcome: (rows,); units: (rows,) whom the hash assigns: rows of the same unit share an arm.
        share: of the treated arm, in (0, 1).

    Raises:
        ValueError: the share is not between 0 and 1, or there are fewer than 2 units.
    """
    names, codes = np.unique(np.asarray(units, object).astype(str), return_inverse=True)
    if not 0 < share < 1 or len(names) < 2:
        raise ValueError(f"a share of {share:g} of {len(names)} units; expected a share between 0 and 1 of 2 or more")
    sums, sizes = np.bincount(codes, outcome), np.bincount(codes)
    effects = np.empty(hashes)
    for number in range(hashes):
        treated = unit_interval(f"{salt}-{number}", names.tolist()) < share
        effects[number] = _mean(sums, sizes, treated) - _mean(sums, sizes, ~treated)
    effects = effects[np.isfinite(effects)]
    error = float(effects.std(ddof=1))
    return Rehashed(effects, error, minimal_effect(error, alpha=alpha, power=power))


def _mean(sums: np.ndarray, sizes: np.ndarray, chosen: np.ndarray) -> float:
    """Return the mean outcome of the rows of chosen units; NaN without one."""
    return sums[chosen].sum() / sizes[chosen].sum() if chosen.any() else float("nan")
