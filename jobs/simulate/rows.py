"""Rows as a dictionary of equally long arrays, which on small days costs less than a data frame."""

import numpy as np

Rows = dict[str, np.ndarray]


def count(rows: Rows) -> int:
    """Return the number of rows."""
    return len(next(iter(rows.values())))


def take(rows: Rows, index: np.ndarray) -> Rows:
    """Return the rows at positions, or where a mask is true."""
    return {name: column[index] for name, column in rows.items()}


def concat(parts: list[Rows]) -> Rows:
    """Concatenate parts; every part has the columns of the first."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
