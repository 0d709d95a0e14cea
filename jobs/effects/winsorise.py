"""Outcomes with heavy tails, cut at a quantile that is fixed before the first day."""

import numpy as np


def winsorised(outcome: np.ndarray, quantile: float) -> np.ndarray:
    """Return outcomes of both arms, those above the quantile set to it, and those below 1 - quantile to that.

    The quantiles are of both arms together, so that the cut is the same in each. The estimand changes: an effect on
    the largest losses is no longer seen. A quantile chosen after a look at the arms makes the p-value wrong.

    Args:
        outcome: (units,) without nulls; quantile: above .5 and at most 1, which cuts nothing.

    Raises:
        ValueError: the quantile is another number.
    """
    return np.clip(outcome, *bounds(outcome, quantile))


def bounds(outcome: np.ndarray, quantile: float) -> tuple[float, float]:
    """Return the lowest and the highest outcome that stay as they are.

    They are outcomes that occur, so that zeros of a rare loss stay zeros.

    Raises:
        ValueError: the quantile is not above .5 and at most 1.
    """
    if not 0.5 < quantile <= 1:
        raise ValueError(f"winsorising at a quantile of {quantile:g}; expected one above 0.5 and at most 1")
    last = len(outcome) - 1
    rank = int(quantile * last)
    ordered = np.partition(outcome, (last - rank, rank))
    return float(ordered[last - rank]), float(ordered[rank])
