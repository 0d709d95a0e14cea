"""What the footer of a Parquet file tells about its rows, without reading one."""

import datetime as dt
from collections.abc import Iterator, Sequence

from pyarrow.parquet import FileMetaData, Statistics


def null_count(footers: Sequence[FileMetaData], column: str) -> int:
    """Rows without a value."""
    return sum(part.null_count for footer in footers for part in _statistics(footer, column))


def max_value(footer: FileMetaData, column: str) -> dt.datetime | None:
    """The largest value of a column; None where it has none."""
    return max((part.max for part in _statistics(footer, column) if part.has_min_max), default=None)


def _statistics(footer: FileMetaData, column: str) -> Iterator[Statistics]:
    place = footer.schema.names.index(column)
    for group in range(footer.num_row_groups):
        yield footer.row_group(group).column(place).statistics
