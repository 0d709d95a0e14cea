"""Simulated losses and their verdicts, with everything that is found in the end: worlds for the loss ledger's studies.

Losses fall evenly into a period. Verdicts come after an exponential delay. Amounts are lognormal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.ledger import triangles


@dataclass(frozen=True)
class World:
    """How losses and verdicts come.

    Attributes:
        rate: verdicts a period, on average in the last one.
        delay: mean periods from a loss to its verdict.
        amounts: standard deviation of the logarithm of an amount.
        spread: squared coefficient of variation of the rate between periods.
        trend: growth of the logarithm of the rate from a period to the next.
        burst: factor of the rate in the last three periods.
        batch: verdicts that come together, one investigation each.
        slow_large: logarithm of the amount per unit of the logarithm of the delay; large losses take longer.
    """

    rate: float
    delay: float = 2.5
    amounts: float = 1.2
    spread: float = 0.0
    trend: float = 0.0
    burst: float = 1.0
    batch: int = 1
    slow_large: float = 0.0


@dataclass(frozen=True)
class Made:
    """Losses of a world: number of the period, periods to the verdict, and amount, also of verdicts to come."""

    incurred: np.ndarray
    delay: np.ndarray
    amount: np.ndarray
    periods: int

    @property
    def known(self) -> np.ndarray:
        """The mask of losses with a verdict by the end of the last period."""
        return self.incurred + self.delay < self.periods

    def known_counts(self) -> np.ndarray:
        """Return the triangle of counts as of the end of the last period."""
        known = self.known
        return triangles.increments(self.incurred[known], self.delay[known], np.ones(known.sum()), self.periods)

    def known_amounts(self) -> np.ndarray:
        """Return the cumulative triangle of amounts as of the end of the last period."""
        known = self.known
        return triangles.cumulative(
            triangles.increments(self.incurred[known], self.delay[known], self.amount[known], self.periods))


def made(rng: np.random.Generator, world: World, periods: int, halved: Sequence[int] = ()) -> Made:
    """Return the losses of a world.

    Args:
        halved: consecutive periods in which half of the verdicts are not made; they come in the period after.
    """
    back = np.arange(periods) - periods + 1
    rate = world.rate * np.exp(world.trend * back) * np.where(back > -3, world.burst, 1.0) / world.batch
    if world.spread:
        rate = rate * rng.gamma(1 / world.spread, world.spread, periods)
    incurred = np.repeat(np.arange(periods), rng.poisson(rate))
    wait = rng.exponential(world.delay, len(incurred))
    delay = np.floor(rng.random(len(incurred)) + wait).astype(int)
    incurred, wait, delay = (np.repeat(each, world.batch) for each in (incurred, wait, delay))
    amount = np.exp(rng.normal(8, world.amounts, len(incurred)) + world.slow_large * np.log(wait / world.delay))
    if len(halved):
        missed = np.isin(incurred + delay, halved) & (rng.random(len(incurred)) < 0.5)
        delay = np.where(missed, max(halved) + 1 - incurred, delay)
    return Made(incurred, delay, amount, periods)
