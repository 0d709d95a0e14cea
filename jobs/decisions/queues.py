"""Shared reviewers: which option each row gets, so that the minutes of a queue are worth most.

The problem is a multiple-choice knapsack: each row gets at most one option, and all minutes together have a limit. Its
Lagrangian relaxation has one number, the price of a minute. At a price each row chooses for itself (Everett 1963;
Sinha and Zoltners 1979), so that one price sets the thresholds of all risks that share the reviewers.
"""

from dataclasses import dataclass

import numpy as np

NONE = -1  # the row gets no option
HALVINGS = 100  # of the price's interval: a double has 53 binary digits


@dataclass(frozen=True)
class Allocation:
    """What the rows of a queue get.

    Attributes:
        option: (rows,) the position of the row's option, NONE where it gets none.
        price: value of one more minute, in the unit of the values; 0 where minutes are left over.
        minutes: of all chosen options.
        value: of all chosen options, before the price.
    """

    option: np.ndarray
    price: float
    minutes: float
    value: float


def allocate(value: np.ndarray, minutes: np.ndarray, capacity: float) -> Allocation:
    """Choose at most one option a row, so that the total value is large and the minutes stay within the capacity.

    The total value is at most one row's value below the best possible total. Rows whose options are worth exactly the
    price get them in the order of rows, as long as minutes are left: callers order rows by key.

    Args:
        value: (rows, options), in one unit; NaN where the row cannot have the option.
        minutes: (rows, options) or (options,), not negative.
        capacity: the limit of the minutes, not negative.
    """
    worth, cost = _with_none(value, np.broadcast_to(minutes, value.shape))
    free = _choices(worth, cost, 0.0)
    if _total(cost, free) <= capacity:
        return _allocation(worth, cost, free, 0.0)
    dear, cheap = _price_interval(worth, cost, capacity)
    chosen = _upgraded(_choices(worth, cost, dear), _choices(worth, cost, cheap), cost, capacity)
    return _allocation(worth, cost, chosen, dear)


def _with_none(value: np.ndarray, minutes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values and minutes with a first option that is worth nothing and takes no minute."""
    rows = len(value)
    worth = np.concatenate([np.zeros((rows, 1)), np.where(np.isnan(value), -np.inf, value)], axis=1)
    return worth, np.concatenate([np.zeros((rows, 1)), minutes], axis=1)


def _choices(worth: np.ndarray, cost: np.ndarray, price: float) -> np.ndarray:
    """Return each row's best option at a price; of equal options the one with the fewest minutes, then the first."""
    net = worth - price * cost
    best = net == net.max(axis=1, keepdims=True)
    return np.where(best, cost, np.inf).argmin(axis=1)


def _total(cost: np.ndarray, chosen: np.ndarray) -> float:
    return float(cost[np.arange(len(chosen)), chosen].sum())


def _price_interval(worth: np.ndarray, cost: np.ndarray, capacity: float) -> tuple[float, float]:
    """Return the lowest price found at which the minutes suffice, and the highest found at which they do not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where((cost > 0) & np.isfinite(worth), worth / cost, 0.0)
    # Just above the highest rate no row takes an option with minutes. At the rate itself rounding may say otherwise.
    cheap, dear = 0.0, float(rates.max()) * (1 + 1e-12)
    for _ in range(HALVINGS):
        middle = (cheap + dear) / 2
        if not cheap < middle < dear:
            break
        if _total(cost, _choices(worth, cost, middle)) <= capacity:
            dear = middle
        else:
            cheap = middle
    return dear, cheap


def _upgraded(at_dear: np.ndarray, at_cheap: np.ndarray, cost: np.ndarray, capacity: float) -> np.ndarray:
    """Return the choices with the rows at the margin upgraded, one after another, while they fit."""
    chosen, left = at_dear.copy(), capacity - _total(cost, at_dear)
    for row in np.flatnonzero(at_dear != at_cheap):
        more = cost[row, at_cheap[row]] - cost[row, at_dear[row]]
        if more <= left:
            chosen[row], left = at_cheap[row], left - more
    return chosen


def _allocation(worth: np.ndarray, cost: np.ndarray, chosen: np.ndarray, price: float) -> Allocation:
    rows = np.arange(len(chosen))
    return Allocation(chosen - 1, price, _total(cost, chosen), float(worth[rows, chosen].sum()))
