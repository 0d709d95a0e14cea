"""Random draws that many parts share: events per row, weighted choice, rings, and active attackers of a day."""

import numpy as np


def events(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Return positions of rows, each repeated by a Poisson draw of its rate."""
    return np.repeat(np.arange(len(rate)), rng.poisson(rate))


def weighted(rng: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    """Draw positions in proportion to their weights."""
    total = np.cumsum(weights)
    return np.searchsorted(total, rng.random(count) * total[-1], side="right").clip(0, len(weights) - 1)


def happens(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """Draw a truth value for each probability."""
    return rng.random(len(chance)) < chance


def shown(rng: np.random.Generator, count: int, share: float, low: float, high: float, rest: float = 0.0) -> np.ndarray:
    """Draw each attacker's strength of a sign: a share of them between low and high, the others `rest`."""
    strength = rng.uniform(low, high, count)
    return np.where(rng.random(count) < share, strength, rest)


def dealt(rng: np.random.Generator, count: int, shares: tuple[float, ...]) -> np.ndarray:
    """Assign a variant to each attacker in fixed shares, so that even a small marketplace has all variants."""
    quantile = (np.arange(count) + 0.5) / count
    return rng.permutation(np.searchsorted(np.cumsum(shares), quantile, side="right").clip(0, len(shares) - 1))


def rings(rng: np.random.Generator, count: int, alone: float, mean: float) -> np.ndarray:
    """Return the ring of each attacker: some act alone, the others are in rings of about `mean` members."""
    solo = rng.random(count) < alone
    number = max(1, int((count - solo.sum()) / mean))
    return np.where(solo, number + np.cumsum(solo) - 1, rng.integers(0, number, count))


def starts(rng: np.random.Generator, ring: np.ndarray, first: int, last: int, jitter: int) -> np.ndarray:
    """Draw first days, shape (len(ring),); members of a ring begin within `jitter` days."""
    begun = rng.integers(first, last, ring.max() + 1)[ring]
    return (begun + rng.integers(-jitter, jitter + 1, len(ring))).clip(first, last - 1)


def members(rng: np.random.Generator, people: np.ndarray, ring: np.ndarray, most: int) -> np.ndarray:
    """Return the accounts of each row's ring, shape (len(ring), most)."""
    return rng.choice(people, (ring.max() + 1, most))[ring]
