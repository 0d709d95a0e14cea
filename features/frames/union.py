"""Rows of several frames whose columns may differ, as one frame."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

T = TypeVar("T")


def union_by_name(frames: Sequence[DataFrame]) -> DataFrame:
    """The rows of all frames, columns by name; a column that a frame lacks is null in its rows.

    The type of such a null is said here. Sail would take it from the first frame, where the null has none.
    """
    kinds = {name.lower(): (name, kind) for frame in frames for name, kind in frame.dtypes}
    return union_all([_with(frame, kinds) for frame in frames])


def union_all(frames: Sequence[DataFrame]) -> DataFrame:
    """The rows of all frames, which have the same columns, as one frame."""
    return tree_reduce(frames, lambda left, right: left.unionByName(right))


def tree_reduce(parts: Sequence[T], combine: Callable[[T, T], T]) -> T:
    """One or more parts, frames or columns, joined two by two.

    One after the other, a hundred of them would be nested deeper than a message over Spark Connect may be.
    """
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return combine(tree_reduce(parts[:middle], combine), tree_reduce(parts[middle:], combine))


def _with(frame: DataFrame, kinds: dict[str, tuple[str, str]]) -> DataFrame:
    there = {name.lower() for name in frame.columns}
    missing = {name: F.lit(None).cast(kind) for key, (name, kind) in kinds.items() if key not in there}
    return frame.withColumns(missing) if missing else frame
