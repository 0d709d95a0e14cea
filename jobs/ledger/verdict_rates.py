"""How many verdicts a period has in the end: rates that the verdicts so far allow, in periods that are half reported.

Two models share the draws by how well they foretell the counts. In the first, rates vary around a level with a trend,
independently of each other, by a gamma distribution. In the second, each period begins where the one before it ended,
with less certainty (the gamma-Poisson filter of Smith and Miller 1986): it follows an attack that has just begun.
"""

import numpy as np
from scipy.special import gammaln

TRENDS = np.linspace(-0.15, 0.15, 13)  # growth of the logarithm of the rate from a period to the next
TREND_SCALE = 0.05
SPREADS = np.geomspace(0.005, 4, 12)  # squared coefficient of variation of rates between periods
LEVELS = np.linspace(-3, 3, 19)  # of the rate, in standard errors
DISCOUNTS = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 1.0])  # certainty that is carried on
FIRST = 0.5  # verdicts that the filter's first rate counts as much as


def drawn(counts: np.ndarray, exposure: np.ndarray, share: np.ndarray, drawn_share: np.ndarray, age: np.ndarray,
          rng: np.random.Generator) -> np.ndarray:
    """Return (draws, rows) rates of verdicts per period.

    Args:
        counts: (rows,) verdicts so far, the oldest row first.
        exposure: (rows,) part of a period that each row stands for.
        share: (rows,) estimated share of verdicts that has come; drawn_share: (draws, rows) shares drawn.
        age: (rows,) periods since the row's own.
    """
    seen = exposure * share
    if not (seen > 0).any():
        return np.zeros_like(drawn_share)
    around, evidence_around = _around_a_level(counts, exposure, seen, drawn_share, age, rng)
    following, evidence_following = _following(counts, seen, len(drawn_share), rng)
    first = rng.random(len(drawn_share)) < 1 / (1 + np.exp(np.clip(evidence_following - evidence_around, -50, 50)))
    return np.where(first[:, None], around, following)


def _around_a_level(counts: np.ndarray, exposure: np.ndarray, seen: np.ndarray, drawn_share: np.ndarray,
                    age: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return rates around a level with a trend, and the logarithm of the evidence.

    Level, trend and spread have their posterior on a grid, with a normal prior of the trend. Given them, the rate of a
    row has its gamma posterior.
    """
    trend = np.exp(-TRENDS[:, None] * age)  # (trends, rows)
    width = min(1.0, np.sqrt(1 / (counts.sum() + 0.5) + 1 / len(counts)))
    level = ((counts.sum() + 0.5) / (trend * seen).sum(axis=1))[:, None] * np.exp(LEVELS * width)  # (trends, levels)
    some = seen > 0
    mean = level[:, :, None, None] * (trend * seen)[:, None, None, some]  # (trends, levels, 1, rows)
    shape = 1 / SPREADS[:, None]
    likelihood = _negative_binomial(counts[some], shape, shape / mean).sum(axis=-1)
    prior = -(TRENDS / TREND_SCALE) ** 2 / 2
    posterior = likelihood + (prior - np.log(np.exp(prior).sum()))[:, None, None]
    weight = np.exp(posterior - posterior.max())
    t, m, s = np.unravel_index(rng.choice(weight.size, len(drawn_share), p=weight.ravel() / weight.sum()), weight.shape)
    drawn_shape = (1 / SPREADS[s])[:, None]
    mean = level[t, m][:, None] * trend[t]
    rates = rng.gamma(drawn_shape + counts, 1 / (drawn_shape / mean + exposure * drawn_share))
    return rates, float(np.log(weight.sum() / (len(LEVELS) * len(SPREADS))) + posterior.max())


def _following(counts: np.ndarray, seen: np.ndarray, draws: int,
               rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return rates of which each follows the one before it, and the logarithm of the evidence.

    The filter goes forward for each discount, and the draws go back from the last row.
    """
    a, b = np.full(len(DISCOUNTS), FIRST), np.full(len(DISCOUNTS), FIRST * seen.sum() / (counts.sum() + 0.5))
    likelihood, shapes, rates = np.zeros(len(DISCOUNTS)), [], []
    for count, of in zip(counts, seen):
        a, b = DISCOUNTS * a, DISCOUNTS * b
        if of > 0:
            likelihood += _negative_binomial(count, a, b / of)
        a, b = a + count, b + of
        shapes.append(a)
        rates.append(b)
    weight = np.exp(likelihood - likelihood.max())
    which = rng.choice(len(weight), draws, p=weight / weight.sum())
    result = np.empty((draws, len(counts)))
    result[:, -1] = rng.gamma(shapes[-1][which], 1 / rates[-1][which])
    for row in range(len(counts) - 2, -1, -1):
        lost = (1 - DISCOUNTS[which]) * shapes[row][which]
        result[:, row] = DISCOUNTS[which] * result[:, row + 1] + np.where(
            lost > 0, rng.gamma(np.where(lost > 0, lost, 1.0)), 0.0) / rates[row][which]
    return result, float(np.log(weight.mean()) + likelihood.max())


def _negative_binomial(n: np.ndarray, shape: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Return the log-probability of n where a Poisson mean has a gamma distribution; odds: its rate per exposure."""
    return (gammaln(shape + n) - gammaln(shape) - gammaln(n + 1)
            + shape * np.log(odds / (1 + odds)) - n * np.log1p(odds))
