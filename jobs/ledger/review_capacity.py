"""A test whether review capacity changed: whether some weeks had fewer or more verdicts than the pattern expects.

A chain ladder takes the past pattern for the coming one. A week with half of the reviewers breaks it along a diagonal
of the triangle, because verdicts of all incurred periods are missing at once. The test of Mack (1994, appendix H) takes
the number of large and small factors in each diagonal, and misses most breaks in sparse triangles. This one scans:
for every run of diagonals, the verdicts less those that rows and ages expect, in standard errors. The largest is
compared with the largest of simulated triangles that keep each row's number of verdicts and the pattern.

A steady growth of capacity looks like a growth of incidents with another pattern, and no test on a triangle sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.ledger import triangles, verdict_pattern

SIMULATED = 399
SEED = 26
LEAST = 5.0  # expected verdicts of a run of diagonals that is tested


@dataclass(frozen=True)
class CapacityTest:
    """The run of diagonals that fits the pattern least.

    Attributes:
        first, last: the numbers of its diagonals, which are those of the periods in which verdicts came.
        found, expected: verdicts in it, and by the pattern.
        statistic: (found - expected) in standard errors.
        p: share of simulated triangles without a change that have a larger one.
    """

    first: int
    last: int
    found: int
    expected: float
    statistic: float
    p: float


def capacity_test(counts: Sequence[np.ndarray], simulated: int = SIMULATED, seed: int = SEED) -> CapacityTest | None:
    """Return the test of the reviewers of one risk, or of several that share them.

    Each risk has rows and a pattern of its own, so that a changed mix of risks is no change of capacity.

    Args:
        counts: square triangles of increments, NaN after the last period, which is the same of all of them.

    Returns:
        The test, with diagonals numbered as those of the largest triangle; None where there are too few verdicts.
    """
    periods = max(len(cells) for cells in counts)
    rng = np.random.default_rng(seed)
    parts = [_residuals(np.concatenate([cells[None], _simulated(cells, simulated, rng)])) for cells in counts]
    found, expected, squares = (sum(_aligned(part[which], periods) for part in parts) for which in range(3))
    dispersion = verdict_pattern.ratio(squares.sum(axis=1), expected.sum(axis=1))
    # Counts that vary less than simulated ones are sums of a table, and no reason to trust a change more.
    dispersion = np.maximum(dispersion / max(dispersion[1:].mean(), 1e-9), 1.0)
    runs = _runs(expected[0])
    if not len(runs):
        return None
    sums, sums_expected = (np.concatenate([np.zeros((len(each), 1)), np.cumsum(each, axis=1)], axis=1)
                           for each in (found - expected, expected))
    first, last = runs.T
    difference = sums[:, last + 1] - sums[:, first]
    spread = difference.std(axis=0)  # with the observed one, as if it were simulated too
    spread = np.where(spread > 0, spread, np.inf)  # a run that no simulation changes says nothing
    scores = difference / spread / np.sqrt(dispersion)[:, None]
    largest = np.abs(scores).max(axis=1)
    at = int(np.abs(scores[0]).argmax())
    run_expected = float(sums_expected[0, last[at] + 1] - sums_expected[0, first[at]])
    return CapacityTest(int(first[at]), int(last[at]), round(run_expected + difference[0, at]), run_expected,
                        float(scores[0, at]), float((1 + (largest[1:] >= largest[0]).sum()) / (1 + simulated)))


def _runs(expected: np.ndarray) -> np.ndarray:
    """Return (runs, 2) first and last diagonals of the runs, at most half as long as all, that expect enough."""
    periods = len(expected)
    return np.array([(first, last) for first in range(periods)
                     for last in range(first, min(periods, first + max(periods // 2, 1)))
                     if expected[first:last + 1].sum() >= LEAST], int).reshape(-1, 2)


def _simulated(cells: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Return triangles in which each row's verdicts fall on its ages by the pattern of the given triangle."""
    periods, verdicts = len(cells), np.nansum(cells, axis=1).astype(int)
    at = np.diff(verdict_pattern.learn([cells]).shares, prepend=0.0)
    result = np.full((number, periods, periods), np.nan)
    for row in range(periods):
        chance = at[:periods - row]
        # A row without a verdict may have reached no age at which verdicts come.
        chance = chance / chance.sum() if chance.sum() > 0 else np.full(periods - row, 1 / (periods - row))
        result[:, row, :periods - row] = rng.multinomial(verdicts[row], chance, number)
    return result


def _residuals(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sums by diagonal of many triangles: verdicts, those that rows and ages expect, and squared residuals."""
    known = triangles.known_cells(cells.shape[1])
    filled = np.where(known, cells, 0.0)
    by_age = np.where(known, np.cumsum(filled, axis=2), 0.0).sum(axis=1)
    shares = verdict_pattern.shares_of(verdict_pattern.ratio(filled.sum(axis=1), by_age))
    rate = verdict_pattern.ratio(filled.sum(axis=2), shares[:, ::-1])  # row i has reached age periods - 1 - i
    expected = np.where(known, rate[:, :, None] * np.diff(shares, axis=-1, prepend=0.0)[:, None], 0.0)
    return _by_diagonal(filled), _by_diagonal(expected), _by_diagonal((filled - expected) ** 2)


def _aligned(by_diagonal: np.ndarray, periods: int) -> np.ndarray:
    """Return sums by diagonal with zeros before the first, so that the last diagonals of all triangles agree."""
    return np.pad(by_diagonal, ((0, 0), (periods - by_diagonal.shape[1], 0)))


def _by_diagonal(cells: np.ndarray) -> np.ndarray:
    """Return (triangles, periods) sums along the diagonals."""
    periods = cells.shape[1]
    filled = np.nan_to_num(cells)
    result = np.zeros(filled.shape[:2])
    for row in range(periods):
        result[:, row:] += filled[:, row, :periods - row]
    return result
