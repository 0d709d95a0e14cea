"""The common shape of an estimated effect, and how it follows from an effect, a standard error and its distribution."""

from dataclasses import dataclass

import numpy as np
from scipy import special

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """An effect: the outcome of the treated arm less that of the control arm, in units of the outcome.

    Attributes:
        effect: the estimate; error: its standard error.
        low, high: ends of the interval; infinite where the data set no limit.
        p: two-sided, of the hypothesis that the effect is 0.
        df: degrees of freedom of the t distribution; infinite for the normal one, NaN where neither is used.
        units: rows of both arms; clusters: how many clusters, None where each unit stands for itself.
    """

    effect: float
    error: float
    low: float
    high: float
    p: float
    df: float
    units: int
    clusters: int | None = None


def from_error(effect: float, error: float, df: float, units: int, clusters: int | None = None,
               level: float = LEVEL) -> Estimate:
    """Return an estimate with the symmetric interval and the p-value of a t distribution.

    An error of 0 gives an interval of one point: the outcome does not vary within an arm.
    """
    half = float(special.stdtrit(df, (1 + level) / 2)) * error
    p = float(2 * special.stdtr(df, -abs(effect) / error)) if error > 0 else p_without_error(effect)
    return Estimate(float(effect), float(error), float(effect - half), float(effect + half), p, float(df), units,
                    clusters)


def p_without_error(effect: float) -> float:
    """Return the p-value of an effect that is known exactly: 1 for none, 0 for any."""
    return float(effect == 0)


def require_units(treated: np.ndarray, least: int = 2) -> None:
    """Check that each arm has enough units for a variance.

    Raises:
        ValueError: an arm has fewer.
    """
    for name, count in (("treated", int(treated.sum())), ("control", int((~treated).sum()))):
        if count < least:
            raise ValueError(f"the {name} arm has {count} units; expected at least {least}")
