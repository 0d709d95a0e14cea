"""The effect adjusted by covariates that were known before the first day: Lin (2013)."""

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate, from_error, require_units
from jobs.effects.least_squares import fit, hc2

TINY = 1e-9  # share of a covariate's variance that counts as none


def adjusted(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray, level: float = LEVEL) -> Estimate:
    """Return the effect from a regression on the arm, the centred covariates and their products with the arm.

    Lin (2013), "Agnostic notes on regression adjustments to experimental data": with the products, adjustment never
    costs precision in large samples, whether or not the outcome is linear in the covariates. The error is HC2, the t
    distribution has n - k degrees of freedom. Like Lin's, the error is about these units: it leaves out the chance in
    the mean of the covariates.

    Args:
        outcome: (units,); treated: (units,) bool; covariates: (units, columns). Covariates that say nothing within an
            arm are dropped, see `usable`.

    Raises:
        ValueError: an arm has fewer than 2 units.
    """
    require_units(treated)
    of = fit(design(treated, covariates), outcome)
    return from_error(of.effect, np.sqrt(hc2(of)), len(outcome) - of.design.shape[1], len(outcome), level=level)


def design(treated: np.ndarray, covariates: np.ndarray | None = None) -> np.ndarray:
    """Return the design of a regression: one, the arm, and of each usable covariate itself and its product with it."""
    arm = treated.astype(float)
    columns = [np.ones(len(arm)), arm]
    if covariates is not None:
        kept = standardised(covariates)[:, usable(treated, covariates)]
        columns += [*kept.T, *(kept * arm[:, None]).T]
    return np.stack(columns, axis=1)


def usable(treated: np.ndarray, covariates: np.ndarray) -> list[int]:
    """Return the positions of the covariates that a regression within each arm can use, the first of equals.

    Left out are constants, linear combinations of earlier covariates, covariates that single out one unit of an arm
    (its residual would be 0 and its variance unknown), and those for which an arm has too few units.
    """
    found, arms = [], [treated, ~treated]
    bases = [np.full((int(arm.sum()), 1), arm.sum() ** -0.5) for arm in arms]  # orthonormal columns of each arm
    for position, column in enumerate(standardised(covariates).T):
        added = [_added(column[arm], basis) for arm, basis in zip(arms, bases)]
        if all(new is not None for new in added):
            bases = [np.column_stack([basis, new]) for basis, new in zip(bases, added)]
            found.append(position)
    return found


def standardised(covariates: np.ndarray) -> np.ndarray:
    """Return covariates with a mean of 0 and a variance of 1 over both arms; a constant stays 0."""
    centred = covariates - covariates.mean(axis=0)
    spread = centred.std(axis=0)
    # A constant such as 0.1 leaves a rounding error of its own size.
    varies = spread > TINY * np.abs(covariates).max(axis=0, initial=0)
    return np.where(varies, centred / np.where(varies, spread, 1), 0.0)


def variance_cut(adjusted_one: Estimate, plain: Estimate) -> float:
    """Return the share of the variance that an adjustment takes away; NaN of an estimate without variance."""
    return 1 - (adjusted_one.error / plain.error) ** 2 if plain.error else float("nan")


def _added(column: np.ndarray, basis: np.ndarray) -> np.ndarray | None:
    """Return what a covariate adds to an orthonormal basis, of length 1; None where it adds nothing usable."""
    rest = column - basis @ (basis.T @ column)
    rest -= basis @ (basis.T @ rest)  # once more: the first projection leaves rounding errors
    size = np.sqrt((rest ** 2).sum())
    if size <= np.sqrt(TINY * len(column)):
        return None
    added = rest / size
    # With as many columns as units every leverage is 1.
    leverage = (basis ** 2).sum(axis=1) + added ** 2
    return added if leverage.max() < 1 - TINY else None
