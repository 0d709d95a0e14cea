"""Perceptual hashes of photos: a near-copy differs from its original in one to three of 64 bits."""

import numpy as np

from jobs.simulate.legitimate import claims
from jobs.simulate.rows import Rows
from jobs.simulate.seeds import lots

FOUND = 60  # photos that many people copy from each other, as from a forum
HIGH, LOW, WHICH, BITS, OF_FOUND = 100, 101, 110, 111, 112  # first keys of the lots
MOST_BITS = 3


def hashes(seed: int, photo: np.ndarray) -> np.ndarray:
    """Return 64 bits for each photo's number: equal ones for equal numbers."""
    high, low = ((lots(seed, "photos", key, photo) * 2.0**32).astype(np.uint64) for key in (HIGH, LOW))
    return (high << np.uint64(32)) | low


def altered(original: np.ndarray, lot: np.ndarray) -> np.ndarray:
    """Return hashes that differ from the originals in one to three bits, chosen by the lots."""
    state = (lot * 2.0**40).astype(np.int64)
    bits = 1 + state % MOST_BITS
    for nth in range(MOST_BITS):
        # Thirds of the hash: no bit is changed twice.
        bit = (21 * nth + state // 3 // 21**nth % 21).astype(np.uint64)
        original = np.where(bits > nth, original ^ (np.uint64(1) << bit), original)
    return original


def of_cases(seed: int, cases: Rows) -> np.ndarray:
    """Return the hash of each case's photo, 0 without one. A photo that is sent again is altered a little."""
    photo, keys = cases["evidence"], (cases["order"], cases["kind"])
    found = -1 - (lots(seed, "photos", OF_FOUND, *keys) * FOUND).astype(np.int64)
    original = hashes(seed, np.where(cases["near_copy"], found - 10_000, photo))
    again = cases["near_copy"] | claims.is_repeated(photo)
    image = np.where(again, altered(original, lots(seed, "photos", BITS, *keys)), original)
    return np.where(photo >= 0, image, np.uint64(0))
