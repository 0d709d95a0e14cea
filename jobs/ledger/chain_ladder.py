"""The chain ladder on amounts with Mack's standard error (Mack 1993), and its lognormal interval (Mack 1994).

All functions take a cumulative triangle of `jobs.ledger.triangles`, or one of other shape: rows may be of any length,
and cells may be NaN. A column beyond the last one does not exist: without a tail factor, a loss that was not booked
within the oldest row's age is never booked.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from jobs.ledger import triangles


@dataclass(frozen=True)
class Factors:
    """Development factors of a triangle with A ages.

    Attributes:
        factor: (A - 1,) growth from each age to the next; NaN where nothing is known of the age and something later.
        variance: (A - 1,) Mack's sigma squared, the variance of growth per unit of amount.
        weight: (A - 1,) sum of the amounts that each factor was learned from.
        tail: growth after the last age, given by the caller and taken as certain.
    """

    factor: np.ndarray
    variance: np.ndarray
    weight: np.ndarray
    tail: float = 1.0

    @property
    def reported_share(self) -> np.ndarray:
        """The (A,) share of the developed loss that is reported by each age; 0 before the first known factor."""
        growth = np.append(self.factor, self.tail)[::-1]
        return np.nan_to_num(1 / np.cumprod(growth)[::-1], nan=0.0, posinf=0.0)


@dataclass(frozen=True)
class Mack:
    """Developed losses by the chain ladder.

    Attributes:
        reported: (periods,) losses booked so far.
        developed: (periods,) losses that will have been booked in the end.
        covariance: (periods, periods) of the errors of `developed`.
        by_average: (periods,) whether the period took the average of the others, because nothing of it is reported.
    """

    reported: np.ndarray
    developed: np.ndarray
    covariance: np.ndarray
    by_average: np.ndarray

    @property
    def unreported(self) -> np.ndarray:
        """Losses that are not booked yet; negative where more will be reversed than booked."""
        return self.developed - self.reported

    @property
    def error(self) -> np.ndarray:
        """Standard error of each period."""
        return np.sqrt(np.diag(self.covariance))

    def total(self, of: np.ndarray | None = None) -> tuple[float, float]:
        """Return the unreported loss of some periods together, and its standard error.

        Args:
            of: (periods,) mask or weights; None: all periods.
        """
        weights = np.ones(len(self.reported)) if of is None else np.asarray(of, float)
        return float(weights @ self.unreported), float(np.sqrt(max(weights @ self.covariance @ weights, 0.0)))


def factors(triangle: np.ndarray, tail: float = 1.0) -> Factors:
    """Return the volume-weighted development factors with Mack's variances.

    The variance of the last factor, of which one row alone says something, is the smallest of the two before it and
    their extrapolation (Mack 1993). Rows with nothing or less booked at an age have no ratio, and are left out of its
    variance.
    """
    ages = triangle.shape[1]
    factor, variance, weight = np.full(ages - 1, np.nan), np.full(ages - 1, np.nan), np.zeros(ages - 1)
    for age in range(ages - 1):
        rows = ~np.isnan(triangle[:, age]) & ~np.isnan(triangle[:, age + 1])
        before, after = triangle[rows, age], triangle[rows, age + 1]
        weight[age] = before.sum()
        if weight[age] > 0:
            factor[age] = after.sum() / weight[age]
            ratio = before > 0
            if ratio.sum() > 1:
                residual = after[ratio] - factor[age] * before[ratio]
                variance[age] = (residual ** 2 / before[ratio]).sum() / (ratio.sum() - 1)
        elif weight[age] == 0 and not after.any():
            factor[age] = 1.0
    return Factors(factor, _filled(variance), weight, tail)


def _filled(variance: np.ndarray) -> np.ndarray:
    """Return the variances with Mack's rule where one row or none says something."""
    filled = variance.copy()
    for age in range(len(filled)):
        if np.isnan(filled[age]):
            one, two = (filled[age - back] if age >= back else 0.0 for back in (1, 2))
            filled[age] = min(one ** 2 / two, one, two) if two > 0 else 0.0
    return filled


def mack(triangle: np.ndarray, learned: Factors | None = None, tail: float = 1.0) -> Mack:
    """Return the developed loss of each period and the covariance of its error.

    The chain ladder multiplies, and nothing times a factor is nothing. A period of which nothing is reported takes the
    average of the others instead: the sum of their reported losses divided by the sum of their reported shares, as in
    the Cape Cod method (Stanard 1985) with equal exposures, times its own unreported share. Its variance is the same
    share of the variance between periods, as it is for a compound Poisson sum that is thinned.

    Args:
        learned: factors of other losses, such as those of all risks together; None: the triangle's own.
        tail: growth after the last age; unused with `learned`.
    """
    by = learned or factors(triangle, tail)
    reported, age = triangles.latest(triangle)
    share = np.where(age >= 0, by.reported_share[np.maximum(age, 0)], 0.0)
    multiplied = (reported > 0) & (share > 0)
    developed = np.where(multiplied, reported / np.where(multiplied, share, 1.0), reported)
    covariance = _covariance(by, reported, developed, np.where(multiplied, age, len(by.factor)))
    unknown = ~multiplied & (reported <= 0) | (share == 0)
    average, between = _average(reported, share, developed, multiplied)
    developed = np.where(unknown, reported + average * (1 - share), developed)
    covariance[unknown, unknown] = between * (1 - share[unknown])
    return Mack(reported, developed, covariance, unknown & (share < 1))


def _covariance(by: Factors, reported: np.ndarray, developed: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return Mack's process and parameter error as a matrix; 0 for rows with an age beyond the last one."""
    ages = np.arange(len(by.factor))
    used = np.isfinite(by.factor) & (by.factor > 0)
    relative = np.where(used, by.variance / np.where(used, by.factor, 1.0) ** 2, 0.0)
    parameter = np.where(by.weight > 0, relative / np.where(by.weight > 0, by.weight, 1.0), 0.0)
    later = ages >= age[:, None]
    # Expected amount at each age from the reported one on, along the row.
    growth = np.cumprod(np.where(later, np.where(used, by.factor, 1.0), 1.0), axis=1)
    amount = reported[:, None] * np.concatenate([np.ones((len(age), 1)), growth[:, :-1]], axis=1)
    each = np.where(later & (amount > 0), relative / np.where(amount > 0, amount, 1.0), 0.0)
    process = developed ** 2 * each.sum(axis=1)
    shared = (later[:, None] & later[None]) @ parameter
    return np.outer(developed, developed) * shared + np.diag(process)


def _average(reported: np.ndarray, share: np.ndarray, developed: np.ndarray,
             multiplied: np.ndarray) -> tuple[float, float]:
    """Return the average developed loss of a period, and the variance between periods; 0 where nothing is known."""
    if share.sum() <= 0:
        return 0.0, 0.0
    average = max(float(reported[share > 0].sum() / share.sum()), 0.0)
    # Periods of which little is reported say little about the variance, so that they count by their share.
    full = np.where(multiplied, developed, 0.0)
    return average, float((share * (full - average) ** 2).sum() / share.sum())


def lognormal(unreported: float, error: float, level: float) -> tuple[float, float]:
    """Return the ends of Mack's interval of an unreported loss.

    A lognormal distribution with this mean and error (Mack 1994, section 4) never ends below nothing unreported. Where
    the estimate is not above 0, reversals prevail, and the interval is normal.
    """
    z = stats.norm.ppf((1 + level) / 2)
    if unreported <= 0:
        return unreported - z * error, unreported + z * error
    spread = np.log1p((error / unreported) ** 2)
    middle = np.log(unreported) - spread / 2
    return float(np.exp(middle - z * np.sqrt(spread))), float(np.exp(middle + z * np.sqrt(spread)))
