"""The closed cases that are most like a case: by standardised features and shared evidence."""

import numpy as np

MOST_APART = 3.0  # standard deviations: a value further away does not decide alone
ONE_UNKNOWN = 1.0  # standard deviations between a value and one that is not known


def distances(features: np.ndarray, evidence: np.ndarray, own_features: np.ndarray,
              own_evidence: np.ndarray) -> np.ndarray:
    """Return how far each case is from one case, (cases,).

    A distance is the root mean square of the differences of features, in standard deviations of the cases, and 1 less
    the share of evidence that both have among that which either has (Jaccard 1901). A feature without a spread is left
    out.

    Args:
        features: (cases, features) and own_features: (features,) doubles, NaN where not known.
        evidence: (cases, evidence) and own_evidence: (evidence,) 1, 0 or NaN.
    """
    if not len(features):
        return np.zeros(0)
    varies = np.isfinite(features).sum(axis=0) > 1
    spread = np.ones(features.shape[1])
    spread[varies] = np.nanstd(features[:, varies], axis=0)
    varies &= spread > 0
    apart = np.minimum(np.abs((features - own_features) / np.where(varies, spread, 1)), MOST_APART)[:, varies]
    one_unknown = (np.isnan(features) != np.isnan(own_features))[:, varies]
    apart = np.where(one_unknown, ONE_UNKNOWN, np.nan_to_num(apart, nan=0.0))
    of_features = np.sqrt((apart ** 2).sum(axis=1) / max(int(varies.sum()), 1))
    return of_features + _not_shared(evidence == 1, own_evidence == 1)


def nearest(distance: np.ndarray, names: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of the nearest cases, at most `count`; ties go to the first name."""
    return np.lexsort((np.asarray(names, str), np.round(distance, 9)))[:count]


def _not_shared(evidence: np.ndarray, own: np.ndarray) -> np.ndarray:
    both, either = (evidence & own).sum(axis=1), (evidence | own).sum(axis=1)
    return 1 - np.where(either > 0, both / np.maximum(either, 1), 1.0)
