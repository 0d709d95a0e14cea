"""Metrics that are a sum divided by a sum, such as losses by order: the delta method."""

import numpy as np

from jobs.effects.clustered import cluster_codes, require_clusters
from jobs.effects.estimates import LEVEL, Estimate, from_error, require_units
from jobs.effects.least_squares import cr1_factor
from jobs.effects.mean_difference import satterthwaite


def ratio(numerator: np.ndarray, denominator: np.ndarray, treated: np.ndarray, clusters: np.ndarray | None = None,
          level: float = LEVEL) -> Estimate:
    """Return the difference of two ratios of sums: of the treated less of the controls.

    The delta method: near its truth R a ratio of sums moves like the mean of (numerator - R denominator) / mean
    denominator. Units are independent, with the degrees of freedom of Satterthwaite. Or clusters are, with the error
    CR1 and G - 1 degrees of freedom. With denominators of 1 it is the difference of means.

    Args:
        numerator, denominator: (units,); treated: (units,) bool; clusters: (units,) any labels.

    Raises:
        ValueError: an arm has fewer than 2 units or clusters, or a sum of denominators that is not above 0.
    """
    require_units(treated)
    effect, influence = linearised(numerator, denominator, treated)
    if clusters is not None:
        codes, count = cluster_codes(clusters)
        require_clusters(treated, codes)
        variance = cr1_factor(count, len(treated), 2) * (np.bincount(codes, influence) ** 2).sum()
        return from_error(effect, np.sqrt(variance), count - 1, len(treated), count, level)
    sizes = np.array([treated.sum(), (~treated).sum()])
    parts = np.array([(influence[arm] ** 2).sum() for arm in (treated, ~treated)]) * sizes / (sizes - 1)
    return from_error(effect, np.sqrt(parts.sum()), satterthwaite(parts, sizes), len(treated), level=level)


def linearised(numerator: np.ndarray, denominator: np.ndarray, treated: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the difference of the ratios, and each unit's part in its error.

    Raises:
        ValueError: an arm has a sum of denominators that is not above 0.
    """
    ratios, influence = [], np.zeros(len(treated))
    for name, arm, sign in (("treated", treated, 1), ("control", ~treated, -1)):
        below = denominator[arm].sum()
        if not below > 0:
            raise ValueError(f"the denominators of the {name} arm sum to {below:g}; expected a sum above 0")
        ratios.append(numerator[arm].sum() / below)
        influence[arm] = sign * (numerator[arm] - ratios[-1] * denominator[arm]) / below
    return float(ratios[0] - ratios[1]), influence
