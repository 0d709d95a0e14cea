"""Fingerprints: short hashes of everything that a partition was computed from, for paths of the lake."""

import hashlib
from collections.abc import Iterable


def fingerprint(parts: Iterable[str]) -> str:
    """Return 16 hex digits of the SHA-256 of the parts, joined by line breaks."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
