"""The effect on those who were treated, and on those who were not: what a ledger multiplies by their number.

The mean effect over both arms answers another question. Its usual error takes the treated units' own outcomes for their
variance. What they would have lost without the action is not in these outcomes, and varies as the controls' losses do.
"""

from dataclasses import replace

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate, from_error, require_units
from jobs.effects.least_squares import fit
from jobs.effects.regression_adjustment import TINY, standardised, usable
from jobs.effects.residual_bootstrap import Prediction, studentised

MANY = 20_000  # units from which on the t distribution serves: means of so many have almost no skewness
DRAWS = 999  # odd, so that alpha (draws + 1) is a whole number


def effect_on_treated(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray,
                      strata: np.ndarray | None = None, level: float = LEVEL, draws: int = DRAWS,
                      seed: int = 1) -> Estimate:
    """Return the mean outcome of the treated less what a regression of the controls predicts for them.

    The target is the sum over these treated units of what happened less what would have happened without the action
    (the finite-sample effect on the treated; Imbens and Rubin 2015, section 6.6). Its error has two parts: that of the
    regression, with HC2, and the spread of the treated units' own outcomes without the action around it. The second one
    is taken from the controls of their stratum.

    Where a few outcomes carry the sum, a t distribution is wrong on the side of the large ones: controls without a
    large outcome have a low mean and a small error at once. Below `MANY` units interval and p come from a studentised
    bootstrap, see `residual_bootstrap`. The t distribution serves where more than half of its draws have no error,
    such as with a single control whose outcome is not 0. Controls with equal outcomes say nothing of the spread: it is
    taken from the treated.

    Args:
        outcome: (units,); treated: (units,) bool; covariates: (units, columns), with indicators of the strata. Those
            that say nothing within an arm are dropped, see `regression_adjustment.usable`.
        strata: (units,) any labels; None: one spread for all of them.
        draws: of the bootstrap; 0: the t distribution. seed: equal seeds give equal intervals.

    Raises:
        ValueError: an arm has fewer than 2 units, or a stratum of treated units has no control.
    """
    require_units(treated)
    of = _prediction(outcome, treated, covariates, strata)
    effect, error = outcome[treated].mean() - of.mean, of.error
    if error <= TINY * np.abs(outcome).max(initial=0):
        return _from_treated(effect, outcome, treated, level)
    usual = from_error(effect, error, of.df, len(outcome), level=level)
    if not draws or len(outcome) >= MANY:
        return usual
    drawn = studentised(of, draws, seed)
    return usual if len(drawn) < draws / 2 else _by_draws(usual, drawn, level)


def _from_treated(effect: float, outcome: np.ndarray, treated: np.ndarray, level: float) -> Estimate:
    counts = [int(arm.sum()) for arm in (treated, ~treated)]
    error = np.sqrt(outcome[treated].var(ddof=1) * sum(1 / count for count in counts))
    return from_error(effect, error, counts[0] - 1, len(outcome), level=level)


def _by_draws(usual: Estimate, drawn: np.ndarray, level: float) -> Estimate:
    """Return the estimate with the interval and the p-value of studentised draws."""
    low, high = usual.effect - usual.error * np.quantile(drawn, [(1 + level) / 2, (1 - level) / 2])
    beyond = min((drawn >= usual.effect / usual.error).sum(), (drawn <= usual.effect / usual.error).sum())
    return replace(usual, low=float(low), high=float(high), p=float(min(2 * (1 + beyond) / (1 + len(drawn)), 1)),
                   df=np.nan)


def _prediction(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray,
                strata: np.ndarray | None) -> Prediction:
    """Return what the controls predict for the treated."""
    codes = np.zeros(len(treated), int) if strata is None else np.unique(strata, return_inverse=True)[1]
    if not np.isin(codes[treated], codes[~treated]).all():
        raise ValueError("a stratum has treated units and no control; expected both")
    design = np.column_stack([np.ones(len(treated)), standardised(covariates)[:, usable(treated, covariates)]])
    return Prediction(fit(design[~treated], outcome[~treated]), codes[~treated], codes[treated],
                      design[treated].mean(axis=0))


def effect_on_controls(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray,
                       strata: np.ndarray | None = None, level: float = LEVEL) -> Estimate:
    """Return what a regression of the treated predicts for the controls, less the mean outcome of the controls.

    What treating them too would have changed: the cost of a holdout. The same rules as `effect_on_treated`.
    """
    of = effect_on_treated(outcome, ~treated, covariates, strata, level)
    return replace(of, effect=-of.effect, low=-of.high, high=-of.low)
