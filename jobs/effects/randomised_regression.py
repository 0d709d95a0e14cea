"""The effect of a column in a regression, with p-value and interval from the assignments that were as likely.

Nothing is assumed of errors: they may be skewed, and days may resemble the days before. All that is used is the design.
"""

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate

SMALLEST = 1e-9  # share of a column's length below which the other columns explain it


def randomised(outcome: np.ndarray, column: np.ndarray, draws: np.ndarray, others: np.ndarray, clusters: int,
               level: float = LEVEL) -> Estimate | None:
    """Return the coefficient of a column beside other columns; None where these explain it.

    An effect is in the interval if the outcomes without it are no rarer than 1 - level under the drawn assignments, by
    the statistic of the column's part that the others do not explain, of length 1. By the inequality of Cauchy and
    Schwarz the real assignment gains most from a larger effect. So each draw has one effect at which it is even with
    it, and the ends of the interval are two of these. With few draws as far away as possible they are infinite.

    The error is that of independent rows (HC1). It gives no interval; the size of experiments is planned with it.

    Args:
        outcome: (rows,); column: (rows,), of the real assignment.
        draws: (draws, rows) the column under assignments that were as likely, the real one among them.
        others: (rows, columns) indicators of what is compared within, such as regions.
        clusters: how many independent assignments there were.
    """
    basis = _basis(others)
    parts = draws - draws @ basis @ basis.T
    rest, mine = outcome - basis @ (basis.T @ outcome), column - basis @ (basis.T @ column)
    length = float(np.sqrt(mine @ mine))
    if length <= SMALLEST * max(float(np.sqrt(column @ column)), 1.0):
        return None
    lengths = np.sqrt((parts ** 2).sum(axis=1))
    parts = parts / np.where(lengths > SMALLEST * length, lengths, np.inf)[:, None]
    effect = float(mine @ rest) / length ** 2
    low, high, p = _inverted(length * effect, length, parts @ rest, parts @ mine, level)
    freedom = len(outcome) - basis.shape[1] - 1
    influence = mine * (rest - effect * mine) / length ** 2
    error = float(np.sqrt((influence ** 2).sum() * len(outcome) / freedom)) if freedom > 0 else np.inf
    return Estimate(effect, error, low, high, p, float(max(freedom, 1)), len(outcome), clusters)


def _basis(columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what columns span; they may depend on each other."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, sizes > 1e-10 * max(float(sizes.max(initial=0.0)), 1.0)]


def _inverted(statistic: float, length: float, drawn: np.ndarray, drawn_length: np.ndarray,
              level: float) -> tuple[float, float, float]:
    """Return the ends of the interval, and the two-sided p-value of no effect.

    Args:
        statistic: of the real assignment; length: what an effect of 1 adds to it.
        drawn, drawn_length: (draws,) the same of each draw.
    """
    gain = length - drawn_length
    same = gain <= SMALLEST * length
    even = np.sort((statistic - drawn[~same]) / gain[~same])
    count, equal = len(drawn), int(same.sum())
    # Rounding must not make an effect that is even with no effect differ from it.
    near = SMALLEST * max(abs(statistic) / length, 1e-300)
    below, above = (even <= near).sum(), (even >= -near).sum()
    p = min(1.0, 2 * (equal + min(below, above)) / count)
    # The end is the first effect at which more than half of 1 - level of the draws are as far out.
    place = int(np.floor(count * (1 - level) / 2 + 1e-9)) - equal
    if place < 0 or place >= len(even):
        return -np.inf, np.inf, p
    return float(even[place]), float(even[len(even) - 1 - place]), p
