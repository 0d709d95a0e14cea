"""Developed losses: what a period will have cost when all of its verdicts have come.

Counts and amounts are drawn apart. A draw takes a verdict pattern that the counts allow, a weekly rate that the counts
so far and the other periods allow, a Poisson number of verdicts to come, and amounts of the verdicts so far. This is
the Bayesian form of the method of Bornhuetter and Ferguson (Verrall 2004): a period with few verdicts leans on the
others, and one with none takes their level and trend. The chain ladder with Mack's error (jobs/ledger/chain_ladder.py)
stands beside it. It needs no counts, and its intervals are too narrow where verdicts are few or amounts heavy-tailed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from jobs.ledger.verdict_pattern import VerdictPattern

DRAWS = 1_000
SEED = 26
# Share of the tails that is cut from the draws. Uncut draws cover a few points less than their level, because a heavy
# tail of amounts is known from few large ones, and no market keeps to the model (docs/ledger.md has the study).
TAIL = 0.4
TRENDS = np.linspace(-0.15, 0.15, 13)  # growth of the logarithm of the rate from a period to the next
TREND_SCALE = 0.05
SPREADS = np.geomspace(0.005, 4, 12)  # squared coefficient of variation of rates between periods
LEVELS = np.linspace(-3, 3, 19)  # of the rate, in standard errors


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
            exposure: np.ndarray | None = None, draws: int = DRAWS, seed: int = SEED) -> Development:
    """Return developed losses. A row is a period, the oldest first, or a part of one.

    Args:
        counts: (rows,) verdicts so far; reported: (rows,) their amounts.
        age: (rows,) periods since the row's own.
        pattern: of these verdicts, or of many risks together.
        amounts: (verdicts,) of single verdicts, to draw from; negative for a reversed one.
        exposure: (rows,) part of a period that a row stands for; None: each is a whole one.

    Raises:
        ValueError: verdicts are to come, and no amount is there to draw from.
    """
    rng = np.random.default_rng(seed)
    counts, age = np.asarray(counts, float), np.asarray(age, int)
    exposure = np.ones(len(counts)) if exposure is None else np.asarray(exposure, float)
    share = pattern.drawn(rng, draws)[:, age]
    rate = _rates(counts, exposure, pattern.shares[age], share, age, rng)
    expected = rate * exposure * (1 - share)
    if pattern.dispersion > 1:
        spare = pattern.dispersion - 1
        expected = spare * rng.gamma(np.maximum(expected, 1e-12) / spare)
    return Development(np.asarray(reported, float), _sums(rng.poisson(expected), np.asarray(amounts, float), rng))


def _rates(counts: np.ndarray, exposure: np.ndarray, share: np.ndarray, drawn_share: np.ndarray, age: np.ndarray,
           rng: np.random.Generator) -> np.ndarray:
    """Return (draws, rows) rates of verdicts per period that the counts allow.

    Rates vary between periods by a gamma distribution around a level with a trend. Level, trend and spread have their
    posterior on a grid, with a normal prior of the trend; given them, the rate of a row has its gamma posterior.
    """
    draws, seen = len(drawn_share), exposure * share
    trend = np.exp(-TRENDS[:, None] * age)  # (trends, rows)
    total = (trend * seen).sum(axis=1)
    if not (total > 0).all():
        return np.zeros_like(drawn_share)
    width = min(1.0, np.sqrt(1 / (counts.sum() + 0.5) + 1 / len(counts)))
    level = ((counts.sum() + 0.5) / total)[:, None] * np.exp(LEVELS * width)  # (trends, levels)
    mean = level[:, :, None, None] * (trend * seen)[:, None, None]  # (trends, levels, 1, rows)
    posterior = _log_likelihood(counts, mean, 1 / SPREADS[:, None]) - ((TRENDS / TREND_SCALE) ** 2 / 2)[:, None, None]
    weight = np.exp(posterior - posterior.max())
    picked = rng.choice(weight.size, draws, p=weight.ravel() / weight.sum())
    t, m, s = np.unravel_index(picked, weight.shape)
    shape = 1 / SPREADS[s][:, None]
    around = level[t, m][:, None] * trend[t]
    return rng.gamma(shape + counts, 1 / (shape / around + exposure * drawn_share))


def _log_likelihood(counts: np.ndarray, mean: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return the negative binomial log-likelihood, summed over the last axis, of rows in which something is seen."""
    seen = (mean > 0).all(axis=(0, 1, 2))
    n, mu = counts[seen], mean[..., seen]
    each = (gammaln(shape + n) - gammaln(shape) - gammaln(n + 1)
            + shape * np.log(shape / (shape + mu)) + n * np.log(mu / (shape + mu)))
    return each.sum(axis=-1)


def _sums(counts: np.ndarray, amounts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return (draws, rows) sums of as many amounts as `counts` says.

    Each draw has a re-sample of the amounts of its own (bootstrap), because they are a sample themselves.
    """
    draws, rows = counts.shape
    if not counts.any():
        return np.zeros(counts.shape)
    if not len(amounts):
        raise ValueError("verdicts are to come, and no amount is there to draw from")
    sample = rng.integers(0, len(amounts), (draws, len(amounts)))
    draw = np.repeat(np.arange(draws), counts.sum(axis=1))
    drawn = amounts[sample[draw, rng.integers(0, len(amounts), len(draw))]]
    row = np.repeat(np.tile(np.arange(rows), draws), counts.ravel())
    return np.bincount(draw * rows + row, drawn, draws * rows).reshape(draws, rows)
