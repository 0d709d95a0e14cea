"""How far a regression of one arm may miss the other arm's mean: studentised by a bootstrap of its residuals."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jobs.effects.least_squares import Fit

CELLS = 2_000_000  # of one block of draws, so that memory stays small
TINY = 1e-9  # share of the error that rounding leaves of none


@dataclass(frozen=True)
class Prediction:
    """What a regression of the fitted units predicts for the mean outcome of other units.

    Attributes:
        of: the regression. fitted: (units,) their strata; predicted: (others,) strata of the other units. Both are
            numbers from 0, and each stratum of `predicted` is in `fitted`.
        at: (columns,) mean of the other units' design.
    """

    of: Fit
    fitted: np.ndarray
    predicted: np.ndarray
    at: np.ndarray

    @property
    def mean(self) -> float:
        """The predicted mean."""
        return float(self.at @ self.of.coefficients)

    @property
    def df(self) -> int:
        """Fitted units less columns."""
        return self.of.design.shape[0] - self.of.design.shape[1]

    @property
    def error(self) -> float:
        """Its standard error as a prediction: that of the regression (HC2), and the spread of the others around it."""
        return float(np.sqrt(self.variances((self.of.residuals * self.scale)[None])[0]))

    @cached_property
    def scale(self) -> np.ndarray:
        """(units,) what makes the variance of a residual that of its unit: 1 / sqrt(1 - leverage)."""
        return np.maximum(1 - self.of.leverage, 1e-12) ** -0.5

    @cached_property
    def pull(self) -> np.ndarray:
        """(units,) how much each fitted unit's outcome moves the predicted mean."""
        return self.of.design @ (self.of.bread @ self.at)

    @cached_property
    def spread(self) -> np.ndarray:
        """(units,) how much each squared residual adds to the variance of the others' mean, by strata."""
        counts, wanted = (np.bincount(codes, minlength=self.strata) for codes in (self.fitted, self.predicted))
        return (wanted / np.maximum(counts, 1) / len(self.predicted) ** 2)[self.fitted]

    @property
    def strata(self) -> int:
        return int(max(self.fitted.max(), self.predicted.max())) + 1

    def variances(self, residuals: np.ndarray) -> np.ndarray:
        """Return the variance for each row of (draws, units) scaled residuals."""
        return residuals ** 2 @ (self.pull ** 2 + self.spread)


def studentised(of: Prediction, draws: int, seed: int) -> np.ndarray:
    """Return draws of the prediction's miss divided by its own standard error, at most as many as `draws`.

    Each draw deals the residuals anew within strata: to the fitted units, whose regression and error are computed
    again, and to the others, whose mean they make (Efron and Tibshirani 1993, sections 9.4 and 12.5). The miss is the
    mean of the others less what the regression predicts for them. A draw of equal residuals has no error and is left
    out.
    """
    residuals = of.of.residuals * of.scale
    means = np.bincount(of.fitted, residuals, of.strata) / np.maximum(np.bincount(of.fitted, minlength=of.strata), 1)
    centred = residuals - means[of.fitted]
    rng = np.random.default_rng(seed)
    block = max(CELLS // (len(of.fitted) + len(of.predicted)), 1)
    return np.concatenate([_block(of, centred, min(block, draws - start), rng) for start in range(0, draws, block)])


def _block(of: Prediction, residuals: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    dealt = residuals[_dealt(of.fitted, of.fitted, draws, rng)]
    others = residuals[_dealt(of.predicted, of.fitted, draws, rng)].mean(axis=1)
    moved = dealt @ of.of.design @ of.of.bread  # what the residuals do to the coefficients
    error = np.sqrt(of.variances((dealt - moved @ of.of.design.T) * of.scale))
    usable = error > TINY * of.error
    return (others - moved @ of.at)[usable] / error[usable]


def _dealt(strata: np.ndarray, pool: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return (draws, units) positions in the pool, each of the unit's own stratum."""
    positions = np.empty((draws, len(strata)), np.int64)
    for each in np.unique(strata):
        mine, of_stratum = np.flatnonzero(strata == each), np.flatnonzero(pool == each)
        positions[:, mine] = rng.choice(of_stratum, (draws, len(mine)))
    return positions
