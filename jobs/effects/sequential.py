"""Intervals that hold at every look: asymptotic confidence sequences.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52. The boundary is Robbins' normal mixture.
"""

import numpy as np
from scipy import special

from jobs.effects.estimates import LEVEL, Estimate, p_without_error

BURN_IN = 100  # units (or clusters) of the smaller arm below which nothing is said


def confidence_sequence(of: Estimate, smaller_arm: int, planned: int, level: float = LEVEL,
                        burn_in: int = BURN_IN) -> Estimate:
    """Return an estimate with the interval and the p-value that hold at all looks together.

    The chance that any of the intervals misses the effect is at most 1 - level, however often and whenever one looks.
    The limits of it: it is asymptotic, so that nothing is said before the burn-in. Each unit must be counted once,
    when its outcome is final: outcomes that grow while one looks are no sequence of independent units. With clusters,
    a cluster is counted once.

    Args:
        of: the estimate at this look, with any standard error that is right at a fixed look.
        smaller_arm: units of the smaller arm, or its clusters if the error is by cluster.
        planned: units (or clusters) of both arms at which the sequence is narrowest, see `tuning`; fixed beforehand.

    Returns:
        The estimate; before the burn-in with infinite ends and a p-value of 1.
    """
    size = of.units if of.clusters is None else of.clusters
    if smaller_arm < burn_in:
        return Estimate(of.effect, of.error, -np.inf, np.inf, 1.0, np.nan, of.units, of.clusters)
    half = of.error * float(boundary(size, planned, level))
    return Estimate(of.effect, of.error, of.effect - half, of.effect + half, _p(of, size, planned, level), np.nan,
                    of.units, of.clusters)


def _p(of: Estimate, size: int, planned: int, level: float) -> float:
    """Return the alpha at which the boundary, with the rho of `level`, reaches the effect."""
    if not of.error:
        return p_without_error(of.effect)
    scaled = size * tuning(planned, level) ** 2
    return float(min(1, np.sqrt(scaled + 1) * np.exp(-(of.effect / of.error) ** 2 / 2 * scaled / (scaled + 1))))


def boundary(size: np.ndarray | float, planned: float, level: float = LEVEL) -> np.ndarray:
    """Return the half-width in standard errors, after `size` units: theorem 2.2 of the paper.

    With n units, rho and the standard error s / sqrt(n), the half-width of the paper
    s sqrt(2 (n rho^2 + 1) / (n^2 rho^2) log(sqrt(n rho^2 + 1) / alpha)) depends on n rho^2 alone.
    """
    scaled = np.asarray(size, float) * tuning(planned, level) ** 2
    return np.sqrt(2 * (scaled + 1) / scaled * (np.log(scaled + 1) / 2 - np.log(1 - level)))


def tuning(planned: float, level: float = LEVEL) -> float:
    """Return the rho that makes the interval narrowest at the planned size.

    The exact minimum, by the branch -1 of Lambert's W: rho^2 planned = -W(-alpha^2 / e) - 1.
    """
    alpha = 1 - level
    return float(np.sqrt((-special.lambertw(-(alpha ** 2) * np.exp(-1), -1).real - 1) / planned))
