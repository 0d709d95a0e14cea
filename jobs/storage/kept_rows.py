"""Rows of an output table on some of its days, with the columns of the catalog."""

import datetime as dt
from collections.abc import Callable

import pyarrow as pa

from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.catalog.table import OutputTable
from jobs.storage.lake import Lake


def kept_rows(lake: Lake, table: OutputTable, chosen: Callable[[dt.date], bool]) -> pa.Table:
    """Return the rows of a table on the days that are chosen; none where there is no such table."""
    schema = arrow_schema(table)
    days = [day for day in lake.days(table.name) if chosen(day)] if lake.has(table.name) else []
    return lake.arrow(table.name, days).to_table().select(schema.names).cast(schema) if days else schema.empty_table()
