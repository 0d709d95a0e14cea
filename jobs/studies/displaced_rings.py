"""Rings whose stopped accounts go on under others, and what is estimated when accounts or whole groups are assigned.

The truth is known: stopping everybody takes away a share of each account's loss, and a part of that comes back through
other accounts of the ring, or through new ones.
"""

from dataclasses import dataclass

import numpy as np

from jobs.effects.clustered import clustered
from jobs.effects.estimates import Estimate
from jobs.effects.mean_difference import mean_difference

RINGS, LARGEST = 400, 7  # accounts of a ring: 1 to LARGEST
STOPPED, MOVED = 0.9, 0.5  # share of the loss that a stop takes away, and the part of it that comes back
SHARE = 0.5  # of treated units


@dataclass(frozen=True)
class Rings:
    """What is estimated in one draw, all by account of the first day.

    Attributes:
        truth: mean change of the loss if everybody is stopped, with what comes back.
        by_account: accounts are assigned, and members alone are counted; by_group: groups are assigned, and what comes
            back under other accounts of the group is counted.
    """

    truth: float
    by_account: Estimate
    by_group: Estimate


def drawn(seed: int, moved: float = MOVED) -> Rings:
    """Return the estimates in one draw of rings."""
    rng = np.random.default_rng(seed)
    ring = np.repeat(np.arange(RINGS), rng.integers(1, LARGEST + 1, RINGS))
    loss = rng.lognormal(4, 1, len(ring)) * rng.lognormal(0, 0.5, RINGS)[ring]
    by_account, by_group = rng.random(len(ring)) < SHARE, (rng.random(RINGS) < SHARE)[ring]
    own, _ = _after(loss, ring, by_account, moved)
    found, new = _after(loss, ring, by_group, moved)
    # The losses of new accounts of a group count with its members, in equal parts.
    new_of_each = new[ring] / np.bincount(ring)[ring]
    return Rings(-STOPPED * (1 - moved) * float(loss.mean()), mean_difference(own, by_account),
                 clustered(found + new_of_each, by_group, ring))


def _after(loss: np.ndarray, ring: np.ndarray, stopped: np.ndarray, moved: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of each account, and that of new accounts of each ring, while some accounts are stopped.

    What comes back goes in equal parts to accounts of the ring that go on, and to a new one where nobody does.
    """
    taken = np.where(stopped, STOPPED * loss, 0.0)
    back = moved * np.bincount(ring, taken)
    going_on = np.bincount(ring, ~stopped)
    each = np.divide(back, going_on, out=np.zeros(len(back)), where=going_on > 0)
    return loss - taken + np.where(stopped, 0.0, each[ring]), np.where(going_on > 0, 0.0, back)
