"""The comparison of two feature tables: a benchmark is valid only if both sides compute the same features."""

import numpy as np
import pyarrow as pa

from features.language.feature_set import FeatureSet
from jobs.errors import UserError

# Relative difference of doubles: the last digits of a quotient may differ between engines.
TOLERANCE = 1e-9


def differences(one: pa.Table, other: pa.Table, features: FeatureSet) -> dict[str, object]:
    """Compare two tables of one entity and day, with each entity once, in any order of rows.

    Returns:
        The numbers of equal rows and columns, and the largest relative difference of a double.

    Raises:
        UserError: the tables differ in rows, in a whole number, in a text, or in a double by more than `TOLERANCE`.
    """
    one, other = (table.sort_by(features.id) for table in (one, other))
    if one[features.id].to_pylist() != other[features.id].to_pylist():
        raise UserError(f"{features.entity}: {one.num_rows:,} rows against {other.num_rows:,}, not the same entities")
    largest = max((_largest(one[c], other[c], f"{features.entity}, {c}")
                   for c in (*features.slice_columns, *features.columns)), default=0.0)
    return {"rows": one.num_rows, "columns": len(features.slice_columns) + len(features.columns),
            "largest_relative_difference": largest}


def _largest(one: pa.ChunkedArray, other: pa.ChunkedArray, column: str) -> float:
    if not pa.types.is_floating(one.type):
        _require(one.combine_chunks().equals(other.combine_chunks().cast(one.type)), column, one, other)
        return 0.0
    a, b = one.to_numpy(), other.cast(one.type).to_numpy()  # a null becomes NaN
    known = ~np.isnan(a)
    _require(bool((known == ~np.isnan(b)).all()), column, one, other)
    relative = np.abs(a[known] - b[known]) / np.maximum(np.maximum(np.abs(a[known]), np.abs(b[known])), 1e-300)
    largest = float(relative.max(initial=0.0))
    _require(largest <= TOLERANCE, column, one, other)
    return largest


def _require(same: bool, column: str, one: pa.ChunkedArray, other: pa.ChunkedArray) -> None:
    if not same:
        pairs = [pair for pair in zip(one.to_pylist(), other.to_pylist()) if pair[0] != pair[1]]
        raise UserError(f"{column}: {len(pairs):,} rows differ, the first by {pairs[0]}. Both sides must compute the "
                        "same")
