"""Rows of several frames whose columns may differ, as one frame."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def united(frames: Sequence["DataFrame"]) -> "DataFrame":
    """The rows of all frames, columns by name; a column that a frame lacks is null in its rows.

    The type of such a null is said here. Sail would take it from the first frame, where the null has none.
    """
    kinds = {name.lower(): (name, kind) for frame in frames for name, kind in frame.dtypes}
    return _both_halves([_with(frame, kinds) for frame in frames])


def _both_halves(frames: Sequence["DataFrame"]) -> "DataFrame":
    """One after the other, a hundred frames would be nested deeper than a message over Spark Connect may be."""
    if len(frames) == 1:
        return frames[0]
    middle = len(frames) // 2
    return _both_halves(frames[:middle]).unionByName(_both_halves(frames[middle:]))


def _with(frame: "DataFrame", kinds: dict[str, tuple[str, str]]) -> "DataFrame":
    from pyspark.sql import functions as F

    there = {name.lower() for name in frame.columns}
    missing = {name: F.lit(None).cast(kind) for key, (name, kind) in kinds.items() if key not in there}
    return frame.withColumns(missing) if missing else frame
