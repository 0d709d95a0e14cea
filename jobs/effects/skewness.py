"""How many units an interval needs where a few outcomes are far larger than the rest."""

import numpy as np
from scipy import stats

RULE = 355  # units an arm and squared skewness: Kohavi, Deng, Longbotham and Xu (2014), "Seven rules of thumb"


def needed_units(outcome: np.ndarray, treated: np.ndarray) -> float:
    """Return how many units the smaller arm needs for the intervals of the difference of means to hold.

    The rule of 355 s^2 keeps the skewness of a mean of outcomes with skewness s below 1 / sqrt(355). Here it is the
    skewness of the difference, in which equal arms cancel: 355 s^2 (1 - r)^2 / (1 + r), where r is the smaller arm
    divided by the larger one. The skewness of few units is itself too small: a large number warns, a small one does
    not calm.

    Args:
        outcome: (units,); treated: (units,) bool.
    """
    smaller, larger = sorted((int(treated.sum()), int((~treated).sum())))
    share = smaller / larger
    # Without variance there is no skewness.
    skewness = float(stats.skew(outcome)) if np.ptp(outcome) > 0 else 0.0
    return RULE * skewness ** 2 * (1 - share) ** 2 / (1 + share)
