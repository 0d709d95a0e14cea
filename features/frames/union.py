"""Unions of several frames, also of frames whose columns differ."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

T = TypeVar("T")


def union_by_name(frames: Sequence[DataFrame]) -> DataFrame:
    """Return the rows of all frames, with columns matched by name and null for the columns that a frame lacks.

    Each null is cast to its column's type. Sail takes the type from the first frame, where an uncast null has none.
    """
    types = {name.lower(): (name, type_name) for frame in frames for name, type_name in frame.dtypes}
    return union_all([_with(frame, types) for frame in frames])


def union_all(frames: Sequence[DataFrame]) -> DataFrame:
    """Return the rows of all frames, which have the same columns."""
    return tree_reduce(frames, lambda left, right: left.unionByName(right))


def tree_reduce(parts: Sequence[T], combine: Callable[[T, T], T]) -> T:
    """Combine one or more parts pairwise, as a balanced tree.

    A left-to-right chain of a hundred parts would exceed the nesting depth of a Spark Connect message.
    """
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return combine(tree_reduce(parts[:middle], combine), tree_reduce(parts[middle:], combine))


def _with(frame: DataFrame, types: dict[str, tuple[str, str]]) -> DataFrame:
    present = {name.lower() for name in frame.columns}
    missing = {name: F.lit(None).cast(type_name) for key, (name, type_name) in types.items() if key not in present}
    return frame.withColumns(missing) if missing else frame
