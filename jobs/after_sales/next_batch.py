"""The next batch of decided cases: how likely more of them are wrong than a target allows."""

import numpy as np
from scipy import special

RATES, SIZES = 12, 32  # points of the rate at which a batch breaks the target, and of its number of decided cases


def broken_p(wrong: np.ndarray, decided: np.ndarray, target: float, later: float = np.inf) -> np.ndarray:
    """Return the p-value of "the share of errors among the cases that are decided next is above the target".

    Errors of both samples are independent and have one rate. Given the errors of both together, those of the
    calibration are hypergeometric. The p-value is the probability of at most `wrong` of them, where the next sample has
    just one error too many (Thatcher 1964). It equals the mean of Clopper and Pearson's p-value over the rates
    Beta(allowed + 1, size - allowed), and is computed by that. How many of the next cases are decided is not known
    beforehand: a Poisson number with the mean `later * decided`.

    Args:
        wrong, decided: (tests,) of the calibration, fractions of errors too; target: in (0, 1).
        later: how many cases come next for each calibration case. Infinite: "the rate of errors is above the target"
            (Clopper and Pearson 1934).
    """
    wrong, decided = np.asarray(wrong, float), np.asarray(decided, float)
    if np.isinf(later):
        return _at_most(wrong, decided, target)
    size = _poisson_quantiles(later * decided)
    sizes, place = np.unique(size, return_inverse=True)
    rate, weight = _breaking_rates(sizes, target)
    broken = _at_most(wrong[:, None, None], decided[:, None, None], rate[place.reshape(size.shape)]) @ weight
    return np.where(size > 0, broken, 0.0).mean(axis=1)


def _breaking_rates(size: np.ndarray, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rates, (sizes, RATES), and the weight of each, (RATES,): Gauss and Legendre's points of probability."""
    point, weight = np.polynomial.legendre.leggauss(RATES)
    # Rounding must not turn a share that equals the target into one above it.
    allowed = np.floor(target * size + 1e-9)[:, None]
    # Only an empty batch allows all of its cases to be wrong. It breaks nothing, whatever its rates.
    return special.betaincinv(allowed + 1, np.maximum(size[:, None] - allowed, 1), (point + 1) / 2), weight / 2


def _at_most(wrong: np.ndarray, decided: np.ndarray, rate: float | np.ndarray) -> np.ndarray:
    """Return the probability of at most so many errors, which may be a fraction, as expected ones are."""
    right = decided - wrong
    return np.where(right > 0, special.betainc(np.maximum(right, 1e-9), wrong + 1, 1 - rate), 1.0)


def _poisson_quantiles(mean: np.ndarray) -> np.ndarray:
    """Return quantiles of Poisson distributions, (tests, SIZES)."""
    middles = (np.arange(SIZES) + 0.5) / SIZES
    return np.ceil(np.nan_to_num(special.pdtrik(middles, mean[:, None])))
