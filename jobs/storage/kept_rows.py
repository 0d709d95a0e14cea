"""Rows of an output table on some of its days, with the columns of the catalog."""

import datetime as dt
from collections.abc import Callable, Sequence

import pyarrow as pa

from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.catalog.table import OutputTable
from jobs.storage.lake import Lake


def kept_rows(lake: Lake, table: OutputTable, chosen: Callable[[dt.date], bool],
              columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a table on the days that are chosen; none where there is no such table.

    A column that the catalog has gained since the table was written last is null.

    Args:
        columns: names of those to read; None: all.
    """
    schema = arrow_schema(table)
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns])
    days = [day for day in lake.days(table.name) if chosen(day)] if lake.has(table.name) else []
    if not days:
        return schema.empty_table()
    dataset = lake.arrow(table.name, days)
    found = dataset.to_table([name for name in schema.names if name in dataset.schema.names])
    return pa.table([found[field.name] if field.name in found.column_names else pa.nulls(len(found), field.type)
                     for field in schema], names=schema.names).cast(schema)
