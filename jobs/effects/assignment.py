"""Which arm a unit is in: a hash of the experiment's salt and the unit, so that everyone can repeat it.

The bytes that are hashed are the salt, `|` and the unit, in UTF-8. A salt has no `|`, so that no two pairs of a salt
and a unit have the same bytes. Holdouts of policies are drawn from the same bytes (`jobs.decisions.suppression.draws`).
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

SEPARATOR = "|"
BYTES = 8  # of the digest that make the number
LARGEST = np.nextafter(1.0, 0.0)  # the last numbers of 64 bits would round to 1


def unit_interval(salt: str, units: Sequence[str]) -> np.ndarray:
    """Return a number in [0, 1) for each unit: the first 8 bytes of SHA-256(salt, unit), big-endian, / 2^64.

    Raises:
        ValueError: the salt contains `|`.
    """
    if SEPARATOR in salt:
        raise ValueError(f"salt {salt!r} contains {SEPARATOR!r}, which ends it; expected a salt without it")
    sha256, begin = hashlib.sha256, f"{salt}{SEPARATOR}".encode()
    digests = b"".join([sha256(begin + unit.encode()).digest()[:BYTES] for unit in units])
    return np.minimum(np.frombuffer(digests, ">u8").astype(float) / 2**64, LARGEST)


def arms(salt: str, units: Sequence[str], shares: Mapping[str, float]) -> np.ndarray:
    """Return the arm of each unit: the first one whose cumulative share is above the unit's number.

    Args:
        shares: planned share of each arm, in an order that stays as it is while the experiment runs.

    Returns:
        (units,) names of arms, as a NumPy array of objects.

    Raises:
        ValueError: the shares are negative or do not sum to 1, or the salt contains `|`.
    """
    names, parts = np.array(list(shares), object), np.array(list(shares.values()), float)
    if (parts < 0).any() or not np.isclose(parts.sum(), 1, rtol=0, atol=1e-9):
        raise ValueError(f"shares {dict(shares)} sum to {parts.sum():g}; expected shares from 0 to 1 with a sum of 1")
    ends = np.cumsum(parts)
    # A sum such as .1 + .2 + .7 may end below 1: whatever is left belongs to the last arm with a share.
    ends[np.flatnonzero(parts)[-1]:] = 1.0
    return names[np.searchsorted(ends, unit_interval(salt, units), side="right")]
