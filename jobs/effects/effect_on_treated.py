"""The effect on those who were treated, and on those who were not: what a ledger multiplies by their number.

The mean effect over both arms answers another question. Its usual error takes the treated units' own outcomes for their
variance. What they would have lost without the action is not in these outcomes, and varies as the controls' losses do.
"""

from dataclasses import replace

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate, from_error, require_units
from jobs.effects.least_squares import fit
from jobs.effects.regression_adjustment import standardised, usable


def effect_on_treated(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray,
                      strata: np.ndarray | None = None, level: float = LEVEL) -> Estimate:
    """Return the mean outcome of the treated less what a regression of the controls predicts for them.

    The target is the sum over these treated units of what happened less what would have happened without the action
    (the finite-sample effect on the treated; Imbens and Rubin 2015, section 6.6). Its error has two parts: that of the
    regression, with HC2, and the spread of the treated units' own outcomes without the action around it. The second one
    is taken from the controls of their stratum.

    Args:
        outcome: (units,); treated: (units,) bool; covariates: (units, columns), with indicators of the strata. Those
            that say nothing within an arm are dropped, see `regression_adjustment.usable`.
        strata: (units,) any labels; None: one spread for all of them.

    Raises:
        ValueError: an arm has fewer than 2 units, or a stratum of treated units has no control.
    """
    require_units(treated)
    codes = np.zeros(len(treated), int) if strata is None else np.unique(strata, return_inverse=True)[1]
    design = np.column_stack([np.ones(len(treated)), standardised(covariates)[:, usable(treated, covariates)]])
    of = fit(design[~treated], outcome[~treated])
    squares = of.residuals ** 2 / np.maximum(1 - of.leverage, 1e-12)
    mean = design[treated].mean(axis=0)
    controls = np.bincount(codes[~treated], minlength=codes.max() + 1)
    wanted = np.bincount(codes[treated], minlength=codes.max() + 1)
    if (wanted[controls == 0] > 0).any():
        raise ValueError("a stratum has treated units and no control; expected both")
    spread = np.bincount(codes[~treated], squares, codes.max() + 1) / np.maximum(controls, 1)
    variance = ((of.design @ (of.bread @ mean)) ** 2 * squares).sum() + (wanted * spread).sum() / wanted.sum() ** 2
    return from_error(outcome[treated].mean() - mean @ of.coefficients, np.sqrt(variance),
                      len(of.design) - of.design.shape[1], len(outcome), level=level)


def effect_on_controls(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray,
                       strata: np.ndarray | None = None, level: float = LEVEL) -> Estimate:
    """Return what a regression of the treated predicts for the controls, less the mean outcome of the controls.

    What treating them too would have changed: the cost of a holdout. The same rules as `effect_on_treated`.
    """
    of = effect_on_treated(outcome, ~treated, covariates, strata, level)
    return replace(of, effect=-of.effect, low=-of.high, high=-of.low)
