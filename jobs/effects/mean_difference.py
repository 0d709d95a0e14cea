"""The difference of two means, without any assumption about the outcome but a variance."""

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate, from_error, require_units


def mean_difference(outcome: np.ndarray, treated: np.ndarray, level: float = LEVEL) -> Estimate:
    """Return the mean of the treated less the mean of the controls.

    The error is HC2, which for two means is sqrt(s1^2 / n1 + s0^2 / n0) of Neyman (1923) and Welch (1938). The t
    distribution has the degrees of freedom of Satterthwaite (1946), which are near the size of the smaller arm.

    Args:
        outcome: (units,) without nulls; treated: (units,) bool.

    Raises:
        ValueError: an arm has fewer than 2 units.
    """
    require_units(treated)
    arms = outcome[treated], outcome[~treated]
    effect = arms[0].mean() - arms[1].mean()
    parts = np.array([arm.var(ddof=1) / len(arm) for arm in arms])
    return from_error(effect, np.sqrt(parts.sum()), satterthwaite(parts, np.array([len(arm) for arm in arms])),
                      len(outcome), level=level)


def satterthwaite(parts: np.ndarray, sizes: np.ndarray) -> float:
    """Return the degrees of freedom of a sum of independent variances, each with one less than its size.

    Without any variance, n - 2.
    """
    if not parts.sum():
        return float(sizes.sum() - 2)
    return float(parts.sum() ** 2 / (parts ** 2 / (sizes - 1)).sum())
