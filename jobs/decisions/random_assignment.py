"""Random numbers of units that follow from a salt and the unit alone, and the arms that follow from them."""

import hashlib
from collections.abc import Sequence

import numpy as np


def unit_interval(salt: str, units: Sequence[str]) -> np.ndarray:
    """Return a number in [0, 1) for each unit: the first 8 bytes of SHA-256(salt, unit) / 2^64.

    Args:
        salt: without `|`, which stands between salt and unit.
    """
    return np.array([int.from_bytes(hashlib.sha256(f"{salt}|{unit}".encode()).digest()[:8], "big") / 2**64
                     for unit in units], float)


def arms(draw: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the position of each unit's arm: the first whose cumulative share is above the draw.

    Args:
        draw: (units,) as `unit_interval` returns it.
        shares: (units, arms) that sum to 1 in each row. Rounding leaves no unit without an arm.
    """
    above = np.cumsum(shares, axis=1) > draw[:, None]
    return np.where(above.any(axis=1), above.argmax(axis=1), shares.shape[1] - 1)
