"""Effects where units within a cluster share their fate: errors by cluster."""

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate, from_error, require_units
from jobs.effects.least_squares import cr1, fit
from jobs.effects.regression_adjustment import design


def clustered(outcome: np.ndarray, treated: np.ndarray, clusters: np.ndarray, covariates: np.ndarray | None = None,
              level: float = LEVEL) -> Estimate:
    """Return the difference of means, or with covariates the effect of Lin (2013), with the error CR1.

    The t distribution has G - 1 degrees of freedom, of G clusters. It is too narrow for few or very unequal clusters:
    below `wild_bootstrap.FEW`, read the wild bootstrap beside it.

    Args:
        outcome: (units,); treated: (units,) bool; clusters: (units,) any labels; covariates: (units, columns).

    Raises:
        ValueError: an arm has fewer than 2 units or clusters. One treated cluster has no variance of its own: CR1
            would be far too small.
    """
    codes, count = cluster_codes(clusters)
    require_units(treated)
    require_clusters(treated, codes)
    of = fit(design(treated, covariates), outcome)
    return from_error(of.effect, np.sqrt(cr1(of, codes)), count - 1, len(outcome), count, level)


def cluster_codes(clusters: np.ndarray) -> tuple[np.ndarray, int]:
    """Return each unit's cluster as a number from 0 up, and how many clusters there are."""
    names, codes = np.unique(clusters, return_inverse=True)
    return codes, len(names)


def clusters_by_arm(treated: np.ndarray, codes: np.ndarray) -> tuple[int, int]:
    """Return how many clusters have treated units, and how many have control units."""
    return len(np.unique(codes[treated])), len(np.unique(codes[~treated]))


def require_clusters(treated: np.ndarray, codes: np.ndarray) -> None:
    """Check that each arm has two clusters.

    Raises:
        ValueError: an arm has fewer.
    """
    for name, count in zip(("treated", "control"), clusters_by_arm(treated, codes)):
        if count < 2:
            raise ValueError(f"the {name} arm has {count} clusters; expected at least 2")
