"""Intervals of a share, and of the difference and the ratio of two shares. All functions take numbers or arrays."""

from dataclasses import dataclass

import numpy as np
from scipy import special

LEVEL = 0.95
STEPS = 36  # halvings of the search for a p-value
SMALLEST_P = 1e-12


@dataclass(frozen=True)
class Interval:
    """An estimate of a share with the ends of its interval, numbers or arrays."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def wilson(value: np.ndarray, size: np.ndarray, level: float | np.ndarray = LEVEL,
           df: float | np.ndarray = np.inf) -> Interval:
    """Return Wilson's score interval (1927); [0, 1] without a row.

    Args:
        value: the share, in [0, 1]; size: rows, or an effective number of rows.
        df: degrees of freedom of the t distribution, where the variance is estimated from clusters; 0 gives [0, 1].
    """
    value, size = np.asarray(value, float), np.asarray(size, float)
    z = quantile(1 - (1 - np.asarray(level, float)) / 2, df)
    known = (size > 0) & np.isfinite(z)
    n, z = np.where(known, size, 1.0), np.where(known, z, 0.0)
    middle = (value + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
    half = z / (1 + z ** 2 / n) * np.sqrt(np.maximum(value * (1 - value) / n + z ** 2 / (4 * n ** 2), 0))
    # Rounding must not leave the ends beside 0 and 1 where they are these.
    low = np.where(known & (value > 0), np.maximum(middle - half, 0), 0.0)
    high = np.where(known & (value < 1), np.minimum(middle + half, 1), 1.0)
    return Interval(value, low[()], high[()])


def clopper_pearson(value: np.ndarray, size: np.ndarray, level: float = LEVEL) -> Interval:
    """Return the exact binomial interval; with an effective number of rows, that of Korn and Graubard (1998)."""
    positives, tail = value * size, (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = special.betaincinv(positives, size - positives + 1, tail)
        high = special.betaincinv(positives + 1, size - positives, 1 - tail)
    return Interval(value, np.nan_to_num(low, nan=0.0), np.nan_to_num(high, nan=1.0))


def upper_bound(positives: np.ndarray, rows: np.ndarray, confidence: float | np.ndarray = LEVEL) -> np.ndarray:
    """Return Clopper and Pearson's (1934) one-sided upper bound of a share; 1 without a row, or if all are positive."""
    positives, rows = np.asarray(positives, float), np.asarray(rows, float)
    below = positives < rows
    return np.where(below, special.betaincinv(positives + 1, np.where(below, rows - positives, 1.0), confidence), 1.0)


def difference(one: Interval, two: Interval, correlation: float | np.ndarray = 0.0) -> Interval:
    """Return the share `one` less the share `two` with an interval recovered from the intervals of both.

    Newcombe (1998, method 10) of independent Wilson intervals. Shares of the same clusters are correlated (Zou 2007).
    """
    value = one.value - two.value
    below = _joined(one.value - one.low, two.high - two.value, correlation)
    above = _joined(one.high - one.value, two.value - two.low, correlation)
    return Interval(value, np.maximum(value - below, -1), np.minimum(value + above, 1))


def ratio(one: Interval, two: Interval) -> Interval:
    """Return the share `one` divided by the share `two`, of independent rows, with an interval from those of both.

    Donner and Zou (2012), "Closed-form confidence intervals for functions of the normal mean and standard deviation".
    The ratio is NaN where `two` is 0, and its upper end infinite where that share may be 0.
    """
    product = one.value * two.value
    lowest, most = one.low * (2 * one.value - one.low), two.high * (2 * two.value - two.high)
    highest, least = one.high * (2 * one.value - one.high), two.low * (2 * two.value - two.low)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = lowest / (product + np.sqrt(np.maximum(product ** 2 - lowest * most, 0)))
        high = (product + np.sqrt(np.maximum(product ** 2 - highest * least, 0))) / least
        value = np.where(two.value > 0, one.value / two.value, np.nan)[()]
    return Interval(value, np.where(lowest > 0, low, 0.0)[()], np.where(least > 0, high, np.inf)[()])


def difference_p(one: np.ndarray, two: np.ndarray, one_size: np.ndarray, two_size: np.ndarray,
                 one_df: float | np.ndarray = np.inf, two_df: float | np.ndarray = np.inf,
                 correlation: float | np.ndarray = 0.0) -> np.ndarray:
    """Return the two-sided p-value of no difference: 1 - level of the widest `difference` that leaves 0 out.

    Args:
        one, two: the shares; one_size, two_size: their rows, or effective rows; one_df, two_df: as of `wilson`.

    Returns:
        At least `SMALLEST_P`; 1 for equal shares and where a share has no interval; NaN where a share is NaN.
    """
    one, two = np.asarray(one, float), np.asarray(two, float)
    low, high = np.full(np.broadcast(one, two).shape, np.log(SMALLEST_P)), np.zeros(np.broadcast(one, two).shape)
    for _ in range(STEPS):
        middle = (low + high) / 2
        level = 1 - np.exp(middle)
        of = difference(wilson(one, one_size, level, one_df), wilson(two, two_size, level, two_df), correlation)
        excludes = (of.low > 0) | (of.high < 0)
        low, high = np.where(excludes, low, middle), np.where(excludes, middle, high)
    return np.where(np.isnan(one - two), np.nan, np.where(one == two, 1.0, np.exp(high)))[()]


def quantile(probability: float | np.ndarray, df: float | np.ndarray) -> np.ndarray:
    """Return the quantile of the t distribution; infinite for 0 degrees of freedom, normal for infinitely many."""
    df = np.asarray(df, float)
    finite = np.isfinite(df) & (df > 0)
    found = np.where(finite, special.stdtrit(np.where(finite, df, 1.0), probability), special.ndtri(probability))
    return np.where(df > 0, found, np.inf)


def _joined(one: np.ndarray, two: np.ndarray, correlation: float | np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(one ** 2 - 2 * correlation * one * two + two ** 2, 0))
