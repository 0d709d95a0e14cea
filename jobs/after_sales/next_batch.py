"""The next batch of decided cases: how likely more of them are wrong than a target allows."""

import functools

import numpy as np
from scipy import special

RATES, SIZES = 16, 32  # points of the rate at which a batch breaks the target, and of its number of decided cases
SMALL = 50.0  # a mean number of decided cases, up to which each number is counted
LARGE = 1e6  # beyond it, the share of a batch is the rate


def broken_p(wrong: np.ndarray, decided: np.ndarray, target: float, later: float = np.inf) -> np.ndarray:
    """Return the p-value of "the share of errors among the cases that are decided next is above the target".

    Errors of both samples are independent and have one rate. Given the total of errors, those of the calibration follow
    the hypergeometric distribution. The p-value is the probability of at most `wrong` of them, if the next sample has
    one error more than the target allows (Thatcher 1964). It equals the mean of Clopper and Pearson's p-value over the
    rates Beta(allowed + 1, size - allowed), and is computed by that. How many of the next cases are decided is taken as
    a Poisson number with the mean `later * decided`. An empty batch breaks nothing.

    Args:
        wrong, decided: (tests,) of the calibration; `wrong` may be a fraction. target: in (0, 1).
        later: how many cases come next for each calibration case. Infinite: "the rate of errors is above the target"
            (Clopper and Pearson 1934).
    """
    wrong, decided = np.asarray(wrong, float), np.asarray(decided, float)
    mean, p = later * decided, _at_most(wrong, decided, target)
    for at, sizes in ((mean <= SMALL, _every_size), ((mean > SMALL) & (mean <= LARGE), _some_sizes)):
        if at.any():
            size, weight = sizes(mean[at])
            p[at] = (_p_of_sizes(wrong[at], decided[at], target, size) * weight).sum(axis=1)
    return np.minimum(p, 1)


def _p_of_sizes(wrong: np.ndarray, decided: np.ndarray, target: float, size: np.ndarray) -> np.ndarray:
    """Return the p-value for each size of the batch, (tests, sizes)."""
    sizes, place = np.unique(size, return_inverse=True)
    rate, weight = _breaking_rates(sizes, target)
    broken = _at_most(wrong[:, None, None], decided[:, None, None], rate[place.reshape(size.shape)]) @ weight
    return np.where(size > 0, broken, 0.0)


def _breaking_rates(size: np.ndarray, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rates, (sizes, RATES), and the weight of each, (RATES,); most of them are small, where p-values arise."""
    point, weight = _unit_points(RATES)
    # Rounding must not turn a share that equals the target into one above it.
    allowed = np.floor(target * size + 1e-9)[:, None]
    # Only an empty batch allows all of its cases to be wrong. It breaks nothing, whatever its rates.
    rate = special.betaincinv(allowed + 1, np.maximum(size[:, None] - allowed, 1), point ** 4)
    return rate, weight * 4 * point ** 3


def _every_size(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers of cases and their Poisson probabilities, (tests, numbers) each."""
    size = np.arange(3 * SMALL)
    return np.tile(size, (len(mean), 1)), np.exp(special.xlogy(size, mean[:, None]) - mean[:, None]
                                                 - special.gammaln(size + 1))


def _some_sizes(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return quantiles of Poisson distributions and their weights, (tests, SIZES) each, more of them in both tails."""
    point, weight = _unit_points(SIZES)
    size = np.ceil(special.pdtrik(point ** 2 * (3 - 2 * point), mean[:, None]))
    return size, np.broadcast_to(weight * 6 * point * (1 - point), size.shape)


@functools.cache
def _unit_points(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss and Legendre's points between 0 and 1, and their weights."""
    point, weight = np.polynomial.legendre.leggauss(count)
    return (point + 1) / 2, weight / 2


def _at_most(wrong: np.ndarray, decided: np.ndarray, rate: float | np.ndarray) -> np.ndarray:
    """Return the probability of at most so many errors, which may be a fraction, as expected ones are."""
    right = decided - wrong
    return np.where(right > 0, special.betainc(np.maximum(right, 1e-9), wrong + 1, 1 - rate), 1.0)
