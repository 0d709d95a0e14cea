"""Many tests at once: the share of false ones among those that are called."""

from collections.abc import Sequence

import numpy as np


def benjamini_hochberg(p: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return q-values, (tests,): the level at which Benjamini and Hochberg (1995) call each test.

    Of the tests with q at most 5 %, at most 5 % are expected to be false. Where no test is true, any is called in at
    most 5 % of the families. The smallest q is the p-value of the hypothesis that no test is true (Simes 1986).

    Args:
        p: (tests,) p-values; NaN is no test and stays NaN.
    """
    p = np.asarray(p, float)
    q = np.full(p.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(p))
    order = tests[np.argsort(p[tests], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q
