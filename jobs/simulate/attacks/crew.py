"""The common part of every attack's plan: attackers, rings and days."""

import numpy as np

from jobs.simulate import draws, ids
from jobs.simulate.rows import Rows
from jobs.simulate.world import World

FIRST_DAY = 7  # incidents begin in the second week
LAST_START = 3  # incidents begin at least this many days before the last day
LEAD = 12  # maximum days of trial before an incident
TRIAL = 0.5  # share of an attack's rate during the trial
TOOLS = 64  # maximum devices, networks and addresses of one kit


def assemble(rng: np.random.Generator, world: World, number: np.ndarray, *, alone: float, mean: float, shortest: int,
             longest: int, jitter: int = 6) -> Rows:
    """Draw attackers with ring, kit, first and last day; lengths in days, rings of about `mean` members."""
    ring = draws.rings(rng, len(number), alone, mean)
    start = draws.starts(rng, ring, FIRST_DAY, world.days - LAST_START, jitter)
    length = rng.integers(shortest, longest + 1, len(number))
    return {"number": number, "ring": ring, "kit": ring.copy(), "start": start,
            "end": np.minimum(start + length - 1, world.days - 1),
            "begin": start - rng.integers(1, LEAD + 1, len(number)), "variant": np.zeros(len(number), np.int64)}


def pace(mine: Rows, day: int) -> np.ndarray:
    """Return each attacker's share of its rate on the day, which is lower during the trial."""
    return np.where(day < mine["start"], TRIAL, 1.0)


def charge(one: Rows, day: int) -> np.ndarray:
    """Return the incident of today's events; -1 before its first day."""
    return np.where(day >= one["start"], one["incident"], -1)


def has_company(ring: np.ndarray) -> np.ndarray:
    """Return whether each attacker has other members in its ring."""
    return np.bincount(ring)[ring] > 1


def tool(owner: int, kit: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return the number of a kit's n-th device, network, address or card; `owner` differs between attacks."""
    return ids.thing(owner, kit * TOOLS + which % TOOLS)
