"""Conformal intervals of a number from estimated quantiles, such as of the share of a claim that is paid.

Conformalised quantile regression (Romano, Patterson and Candes 2019): the quantiles of any model, moved apart or
together until they hold the stated share of calibration rows. The width still follows the row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.after_sales.conformal import LEAST_ROWS, cell_thresholds, kind_places, require_alpha


@dataclass(frozen=True, eq=False)
class ConformalIntervals:
    """How far the quantiles move, by kind.

    Attributes:
        alpha: the share of errors; kinds: the kinds with an entry in `shifts`; bounds: of the number.
        shifts: (kinds + 1,) added above and subtracted below; infinite where too few rows say anything. The last one
            is for all other kinds.
    """

    alpha: float
    kinds: tuple[str, ...]
    shifts: np.ndarray
    bounds: tuple[float, float]

    def interval(self, low: np.ndarray, high: np.ndarray,
                 kind: Sequence[str] | np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of each row's interval, (rows,) and (rows,), within the bounds.

        A quantile at a bound stays there. Where the quantiles would pass each other, both are their middle.

        Args:
            low, high: (rows,) quantiles of the model; kind: (rows,), None where they were fitted without kinds.
        """
        low, high = _ordered(low, high, self.bounds)
        shift = self.shifts[kind_places(self.kinds, kind, len(low))]
        moved = np.where(low > self.bounds[0], low - shift, low), np.where(high < self.bounds[1], high + shift, high)
        middle = np.where(moved[0] > moved[1], (low + high) / 2, np.nan)
        ends = (np.where(np.isnan(middle), end, middle) for end in moved)
        return tuple(np.clip(end, *self.bounds) for end in ends)


def fit_intervals(low: np.ndarray, high: np.ndarray, value: np.ndarray, alpha: float,
                  kind: Sequence[str] | np.ndarray | None = None, bounds: tuple[float, float] = (-np.inf, np.inf),
                  least_rows: int = LEAST_ROWS) -> ConformalIntervals:
    """Return the shifts from calibration rows.

    An interval holds the value of a later row with a probability of at least 1 - alpha, and of at most 1 / (rows + 1)
    more where scores are all different; with kinds, for each kind with `least_rows` or more, and for the others
    together.

    Many claims are paid in full. A quantile at such a bound is left out of the score: otherwise the rows at the bound
    would hold it there, and intervals could be widened and not narrowed.

    Args:
        low, high: (rows,) quantiles of a model that was not trained on these rows; value: (rows,), what came.

    Raises:
        ValueError: alpha is not in (0, 1), the arrays differ in length, or a value is NaN or out of bounds.
    """
    require_alpha(alpha)
    value = np.asarray(value, float)
    if not len(low) == len(high) == len(value):
        raise ValueError(f"{len(low)}, {len(high)} quantiles of {len(value)} values; expected two for each")
    if not ((value >= bounds[0]) & (value <= bounds[1])).all():
        raise ValueError(f"a value is NaN or outside of {bounds}; expected values within the bounds")
    low, high = _ordered(low, high, bounds)
    scores = np.maximum(np.where(low > bounds[0], low - value, -np.inf),
                        np.where(high < bounds[1], value - high, -np.inf))
    names = () if kind is None else tuple(str(name) for name in np.unique(kind))
    shifts = cell_thresholds(scores, kind_places(names, kind, len(value)), len(names), alpha, least_rows)
    return ConformalIntervals(alpha, names, shifts, bounds)


def _ordered(low: np.ndarray, high: np.ndarray, bounds: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the quantiles within the bounds, the smaller one first: those of boosted trees may cross."""
    low, high = np.clip(low, *bounds).astype(float), np.clip(high, *bounds).astype(float)
    return np.minimum(low, high), np.maximum(low, high)
