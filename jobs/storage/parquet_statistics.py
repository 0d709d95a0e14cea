"""Statistics of a Parquet file's columns, from its footer alone."""

import datetime as dt
from collections.abc import Iterator, Sequence

from pyarrow.parquet import FileMetaData, Statistics


def null_count(footers: Sequence[FileMetaData], column: str) -> int:
    """Return the number of rows without a value in a column."""
    return sum(statistics.null_count for footer in footers for statistics in _statistics(footer, column))


def max_value(footer: FileMetaData, column: str) -> dt.datetime | None:
    """Return the largest value of a column; None where the column has no value."""
    return max((statistics.max for statistics in _statistics(footer, column) if statistics.has_min_max), default=None)


def _statistics(footer: FileMetaData, column: str) -> Iterator[Statistics]:
    position = footer.schema.names.index(column)
    for group in range(footer.num_row_groups):
        yield footer.row_group(group).column(position).statistics
