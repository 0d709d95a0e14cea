"""The part of a plan that every attack shares: who, in which ring, and when."""

import numpy as np

from jobs.simulate import draws, ids
from jobs.simulate.rows import Rows
from jobs.simulate.world import World

FIRST_DAY = 7  # incidents begin in the second week
LAST_START = 3  # and this many days before the last, at the latest
LEAD = 12  # days before an incident in which it is tried out, at most
TRIAL = 0.5  # how much of it is done then
TOOLS = 64  # devices, networks and addresses that one kit may hold


def assemble(rng: np.random.Generator, world: World, number: np.ndarray, *, alone: float, mean: float, shortest: int,
             longest: int, jitter: int = 6) -> Rows:
    """Attackers with ring, kit, and first and last day; lengths in days, rings of about `mean`."""
    ring = draws.rings(rng, len(number), alone, mean)
    start = draws.starts(rng, ring, FIRST_DAY, world.days - LAST_START, jitter)
    length = rng.integers(shortest, longest + 1, len(number))
    return {"number": number, "ring": ring, "kit": ring.copy(), "start": start,
            "end": np.minimum(start + length - 1, world.days - 1),
            "begin": start - rng.integers(1, LEAD + 1, len(number)), "variant": np.zeros(len(number), np.int64)}


def pace(mine: Rows, day: int) -> np.ndarray:
    """How much of its rate each attacker does on the day: less while it is tried out."""
    return np.where(day < mine["start"], TRIAL, 1.0)


def charge(one: Rows, day: int) -> np.ndarray:
    """The incident that today's events belong to; -1 before its first day."""
    return np.where(day >= one["start"], one["incident"], -1)


def has_company(ring: np.ndarray) -> np.ndarray:
    """Which attackers share their ring with another."""
    return np.bincount(ring)[ring] > 1


def tool(owner: int, kit: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Number of the n-th device, network, address or card of a kit; owner tells the attacks apart."""
    return ids.thing(owner, kit * TOOLS + which % TOOLS)
