"""Draws that many parts share: events per row, weighted choice, rings, and who is active on a day."""

import numpy as np


def events(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Positions of rows, each as often as a Poisson draw of its rate says."""
    return np.repeat(np.arange(len(rate)), rng.poisson(rate))


def weighted(rng: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    """Positions in proportion to their weights."""
    total = np.cumsum(weights)
    return np.searchsorted(total, rng.random(count) * total[-1], side="right").clip(0, len(weights) - 1)


def happens(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """One yes or no for each chance."""
    return rng.random(len(chance)) < chance


def shown(rng: np.random.Generator, count: int, share: float, low: float, high: float, rest: float = 0.0) -> np.ndarray:
    """How strongly each attacker shows a mark: a share of them between low and high, the others `rest`."""
    strength = rng.uniform(low, high, count)
    return np.where(rng.random(count) < share, strength, rest)


def dealt(rng: np.random.Generator, count: int, shares: tuple[float, ...]) -> np.ndarray:
    """A variant for each, as many of each as the shares say: even a small marketplace has them all."""
    place = (np.arange(count) + 0.5) / count
    return rng.permutation(np.searchsorted(np.cumsum(shares), place, side="right").clip(0, len(shares) - 1))


def rings(rng: np.random.Generator, count: int, alone: float, mean: float) -> np.ndarray:
    """Ring number of each: some act alone, the others fall into rings of about `mean` members."""
    solo = rng.random(count) < alone
    number = max(1, int((count - solo.sum()) / mean))
    return np.where(solo, number + np.cumsum(solo) - 1, rng.integers(0, number, count))


def starts(rng: np.random.Generator, ring: np.ndarray, first: int, last: int, jitter: int) -> np.ndarray:
    """First days, shape (len(ring),): those of a ring begin within `jitter` days of each other."""
    begun = rng.integers(first, last, ring.max() + 1)[ring]
    return (begun + rng.integers(-jitter, jitter + 1, len(ring))).clip(first, last - 1)


def members(rng: np.random.Generator, people: np.ndarray, ring: np.ndarray, most: int) -> np.ndarray:
    """For each row the accounts its ring uses, shape (len(ring), most)."""
    return rng.choice(people, (ring.max() + 1, most))[ring]
