"""Whether two tables of features are the same: a benchmark against something else is worth nothing."""

import numpy as np
import pyarrow as pa

from features.language.feature_set import FeatureSet
from jobs.errors import UserError

# Of doubles, relative to the larger: the last digits of a quotient may differ between engines.
TOLERANCE = 1e-9


def differences(one: pa.Table, other: pa.Table, features: FeatureSet) -> dict[str, object]:
    """What was compared of two tables of one entity and day, each entity once, in any order of rows.

    Returns:
        How many rows and columns were equal, and the largest relative difference of a double.

    Raises:
        UserError: they differ in rows, in a whole number, in a text, or in a double by more than `TOLERANCE`.
    """
    one, other = (table.sort_by(features.id) for table in (one, other))
    if one[features.id].to_pylist() != other[features.id].to_pylist():
        raise UserError(f"{features.entity}: {one.num_rows:,} rows against {other.num_rows:,}, not the same entities")
    largest = max((_largest(one[c], other[c], f"{features.entity}, {c}")
                   for c in (*features.slice_columns, *features.columns)), default=0.0)
    return {"rows": one.num_rows, "columns": len(features.slice_columns) + len(features.columns),
            "largest_relative_difference": largest}


def _largest(one: pa.ChunkedArray, other: pa.ChunkedArray, what: str) -> float:
    if not pa.types.is_floating(one.type):
        _refuse_unless(one.combine_chunks().equals(other.combine_chunks().cast(one.type)), what, one, other)
        return 0.0
    a, b = one.to_numpy(), other.cast(one.type).to_numpy()  # a null is not a number here
    known = ~np.isnan(a)
    _refuse_unless(bool((known == ~np.isnan(b)).all()), what, one, other)
    apart = np.abs(a[known] - b[known]) / np.maximum(np.maximum(np.abs(a[known]), np.abs(b[known])), 1e-300)
    largest = float(apart.max(initial=0.0))
    _refuse_unless(largest <= TOLERANCE, what, one, other)
    return largest


def _refuse_unless(same: bool, what: str, one: pa.ChunkedArray, other: pa.ChunkedArray) -> None:
    if not same:
        apart = [pair for pair in zip(one.to_pylist(), other.to_pylist()) if pair[0] != pair[1]]
        raise UserError(f"{what}: {len(apart):,} rows differ, the first by {apart[0]}. Both sides must compute the same")
