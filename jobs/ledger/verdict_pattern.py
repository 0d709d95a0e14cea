"""How long verdicts take: the share of them that has come by each age, learned from counts and with its uncertainty.

The pattern is that of the chain ladder on counts, read backwards. Of the verdicts that came by age d, a share g came
at age d itself. These shares need no verdict that is still to come (Kalbfleisch and Lawless 1989), and their
estimates are nearly independent of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ENOUGH = 1.0  # expected verdicts from which on a cell says how much more than Poisson its count varies


@dataclass(frozen=True)
class VerdictPattern:
    """Counts by age, of one risk or of many.

    Attributes:
        came: (ages,) verdicts that came at each age.
        by_age: (ages,) verdicts that came by each age, of periods that have reached it.
        dispersion: variance of counts over that of Poisson counts, at least 1: verdicts that come in batches have more.
        tail: verdicts in the end, divided by those by the last age; taken as certain.
    """

    came: np.ndarray
    by_age: np.ndarray
    dispersion: float = 1.0
    tail: float = 1.0

    @property
    def verdicts(self) -> int:
        """Number of verdicts behind the pattern."""
        return int(self.came.sum())

    @property
    def shares(self) -> np.ndarray:
        """The (ages,) estimated share of verdicts that has come by each age."""
        return shares_of(ratio(self.came, self.by_age)) / self.tail

    def drawn(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """Return (draws, ages) shares that the counts allow.

        Each g has its Beta posterior, without prior counts: in late ages, prior counts would be most of what is known.
        """
        yes, no = self.came / self.dispersion, (self.by_age - self.came) / self.dispersion
        g = rng.beta(np.where(yes > 0, yes, 1.0), np.where(no > 0, no, 1.0), (draws, len(yes)))
        return shares_of(np.where(yes <= 0, 0.0, np.where(no <= 0, 1.0, g))) / self.tail


def learn(counts: Sequence[np.ndarray], tail: float = 1.0) -> VerdictPattern:
    """Return the pattern of one triangle of counts, or of several together.

    Args:
        counts: square triangles of increments (jobs/ledger/triangles.py), of any sizes.
    """
    ages = max(len(cells) for cells in counts)
    came, by_age = np.zeros(ages), np.zeros(ages)
    for cells in counts:
        came[:len(cells)] += np.nansum(cells, axis=0)
        by_age[:len(cells)] += np.nansum(np.cumsum(cells, axis=1), axis=0)
    return VerdictPattern(came, by_age, _dispersion(counts, ratio(came, by_age)), tail)


def _dispersion(counts: Sequence[np.ndarray], g: np.ndarray) -> float:
    """Return the mean squared Pearson residual of the cells in which enough is expected; at least 1."""
    squares, cells_by_age = 0.0, np.zeros(len(g))
    for cells in counts:
        by_age, share = np.cumsum(cells, axis=1), g[:len(cells)]
        expected, variance = by_age * share, by_age * share * (1 - share)
        used = np.nan_to_num(np.minimum(expected, by_age - expected)) >= ENOUGH
        squares += ((cells - expected)[used] ** 2 / variance[used]).sum()
        cells_by_age[:len(cells)] += used.sum(axis=0)
    free = cells_by_age.sum() - (cells_by_age > 0).sum()  # each age has an estimated share
    return max(1.0, float(squares / free)) if free > 0 else 1.0


def shares_of(g: np.ndarray) -> np.ndarray:
    """Return the shares by each age, from the shares g of those by an age that came at it."""
    later = np.cumprod((1 - g)[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([later[..., 1:], np.ones((*g.shape[:-1], 1))], axis=-1)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)
