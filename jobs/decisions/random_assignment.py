"""Numbers of units that follow from a salt and the unit alone, so that everyone can repeat them, and the arms.

The bytes that are hashed are the salt, `|` and the unit, in UTF-8. A salt has no `|`, so that no two pairs of a salt
and a unit have the same bytes.
"""

import hashlib
from collections.abc import Sequence

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


def arms(number: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the position of each unit's arm: the first whose cumulative share is above the unit's number.

    Args:
        number: (units,) as `unit_interval` returns it.
        shares: (units, arms) planned shares, in an order that stays as it is while the experiment runs.

    Raises:
        ValueError: shares of a unit are negative or do not sum to 1.
    """
    shares = np.asarray(shares, float)
    if (shares < 0).any() or not np.isclose(shares.sum(axis=1), 1, rtol=0, atol=1e-9).all():
        raise ValueError(f"shares {shares.tolist()[:1]}; expected shares from 0 to 1 with a sum of 1 for each unit")
    above = np.cumsum(shares, axis=1) > number[:, None]
    # A sum such as .1 + .2 + .7 may end below 1: whatever is left belongs to the last arm with a share.
    last = shares.shape[1] - 1 - (shares[:, ::-1] > 0).argmax(axis=1)
    return np.where(above.any(axis=1), above.argmax(axis=1), last)
