"""Developed losses: what a period will have cost when all of its verdicts have come.

Counts and amounts are drawn apart. A draw takes a verdict pattern that the counts allow, a weekly rate that the counts
so far and the other periods allow, a Poisson number of verdicts to come, and amounts of the verdicts so far. This is
the Bayesian form of the method of Bornhuetter and Ferguson (Verrall 2004): a period with few verdicts leans on the
others, and one with none takes their level and trend. The chain ladder with Mack's error (jobs/ledger/chain_ladder.py)
stands beside it. It needs no counts, and its intervals are too narrow where verdicts are few or amounts heavy-tailed.
"""

from dataclasses import dataclass

import numpy as np

from jobs.ledger import verdict_rates
from jobs.ledger.verdict_pattern import VerdictPattern

DRAWS = 1_000
SEED = 26
# Share of the tails that is cut from the draws. Uncut draws cover a few points less than their level, because a heavy
# tail of amounts is known from few large ones, and no market keeps to the model (docs/ledger.md has the study).
TAIL = 0.4
LATE = 60  # amounts that a row draws from at least


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Development:
    """Developed losses of one risk.

    Attributes:
        reported: (rows,) losses booked so far.
        unreported: (draws, rows) losses to come; negative where reversals prevail.
    """

    reported: np.ndarray
    unreported: np.ndarray

    def to_come(self, of: np.ndarray | None = None, level: float = 0.8) -> Interval:
        """Return the unreported loss of some rows together.

        Args:
            of: (rows,) mask; None: all rows.
            level: share of such intervals that hold what comes, at least.
        """
        drawn = self.unreported[:, slice(None) if of is None else np.asarray(of, bool)].sum(axis=1)
        cut = TAIL * (1 - level) / 2
        low, high = np.quantile(drawn, [cut, 1 - cut])
        return Interval(float(drawn.mean()), float(low), float(high))

    def developed(self, of: np.ndarray | None = None, level: float = 0.8) -> Interval:
        """Return the developed loss of some rows together: reported and unreported."""
        so_far = float(self.reported[slice(None) if of is None else np.asarray(of, bool)].sum())
        come = self.to_come(of, level)
        return Interval(so_far + come.value, so_far + come.low, so_far + come.high)


def develop(counts: np.ndarray, reported: np.ndarray, age: np.ndarray, pattern: VerdictPattern, amounts: np.ndarray,
            delay: np.ndarray, exposure: np.ndarray | None = None, draws: int = DRAWS, seed: int = SEED) -> Development:
    """Return developed losses. A row is a period, the oldest first, or a part of one.

    Args:
        counts: (rows,) verdicts so far; reported: (rows,) their amounts.
        age: (rows,) periods since the row's own.
        pattern: of these verdicts, or of many risks together.
        amounts: (verdicts,) of single verdicts, to draw from; negative for a reversed one.
        delay: (verdicts,) periods from each of their losses to the verdict.
        exposure: (rows,) part of a period that a row stands for; None: each is a whole one.

    Raises:
        ValueError: verdicts are to come, and no amount is there to draw from.
    """
    rng = np.random.default_rng(seed)
    counts, age = np.asarray(counts, float), np.asarray(age, int)
    exposure = np.ones(len(counts)) if exposure is None else np.asarray(exposure, float)
    share = pattern.drawn(rng, draws)[:, age]
    rate = verdict_rates.drawn(counts, exposure, pattern.shares[age], share, age, rng)
    expected = rate * exposure * (1 - share)
    if pattern.dispersion > 1:
        spare = pattern.dispersion - 1
        expected = spare * rng.gamma(np.maximum(expected, 1e-12) / spare)
    return Development(np.asarray(reported, float), _sums(
        rng.poisson(expected), age, np.asarray(amounts, float), np.asarray(delay, int), rng))


def _sums(counts: np.ndarray, age: np.ndarray, amounts: np.ndarray, delay: np.ndarray,
          rng: np.random.Generator) -> np.ndarray:
    """Return (draws, rows) sums of as many amounts as `counts` says.

    Large losses may take longer. A row draws from amounts that came at a later age than its own, or from the LATE ones
    that came last. Each draw gives the amounts random weights (Bayesian bootstrap, Rubin 1981), because they are a
    sample themselves.
    """
    draws, rows = counts.shape
    if not counts.any():
        return np.zeros(counts.shape)
    if not len(amounts):
        raise ValueError("verdicts are to come, and no amount is there to draw from")
    order = np.lexsort((amounts, delay))
    amounts, delay = amounts[order], delay[order]
    latest = delay[max(len(delay) - LATE, 0)]  # all amounts of one delay or none: within it they are sorted by size
    first = np.searchsorted(delay, np.minimum(age + 1, latest))
    # Cumulated weights of all draws are one rising array, in which one search finds every drawn amount.
    ends = np.cumsum(rng.exponential(size=(draws, len(amounts))).ravel()).reshape(draws, -1)
    begins = np.concatenate([np.append(0.0, ends[:-1, -1])[:, None], ends[:, :-1]], axis=1)
    draw = np.repeat(np.arange(draws), counts.sum(axis=1))
    row = np.repeat(np.tile(np.arange(rows), draws), counts.ravel())
    low, high = begins[draw, first[row]], ends[draw, -1]
    found = np.searchsorted(ends.ravel(), low + (high - low) * rng.random(len(draw)), side="right")
    drawn = amounts[np.minimum(found - draw * len(amounts), len(amounts) - 1)]
    return np.bincount(draw * rows + row, drawn, draws * rows).reshape(draws, rows)
