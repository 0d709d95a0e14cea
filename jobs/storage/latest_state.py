"""The latest state of each key of a table of states, as it was known on a day. DuckDB computes it: its rows are few."""

import datetime as dt

import pyarrow as pa
import pyarrow.dataset as pads

from features.inputs.contract import Table
from jobs.storage.catalog import events
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect


def stored_state(lake: Lake, table: Table, as_of: dt.date) -> pa.Table:
    """Return `latest_state` of a table of the lake. A table that never arrived has no rows.

    Raises:
        DamagedStore: the table was committed, and cannot be read.
    """
    days = [day for day in lake.days(table.name) if day <= as_of] if lake.has(table.name) else []
    rows = lake.arrow(table.name, days) if days else arrow_schema(events(table.name)).empty_table()
    return latest_state(rows, table, as_of)


def latest_state(rows: pads.Dataset | pa.Table, table: Table, as_of: dt.date) -> pa.Table:
    """Return one row for each key that had arrived by a day: its latest state.

    The latest is the row that arrived last, then the one with the later event time, then the first by `table.prefer`,
    then the first by content. Ingest keeps rows of one key and day in the same order.

    Args:
        rows: kept rows of any days, with `ds`. Rows that arrived after `as_of` change nothing.

    Returns:
        The columns of the contract and `ds`, the day on which the state arrived, in the order of keys.
    """
    schema = arrow_schema(events(table.name))
    order = [f"{name} DESC NULLS LAST" for name in ("ds", table.event_time, *(f"({sql})" for sql in table.prefer))]
    order += [f"{_quoted(name)} ASC NULLS FIRST" for name in table.content]
    with connect() as db:
        db.register("rows", rows)
        return db.sql(
            f"SELECT {', '.join(map(_quoted, schema.names))} FROM rows WHERE ds <= DATE '{as_of}' "
            f"QUALIFY row_number() OVER (PARTITION BY {table.key} ORDER BY {', '.join(order)}) = 1 "
            f"ORDER BY {table.key}").to_arrow_table().cast(schema)


def _quoted(name: str) -> str:
    return f'"{name}"'
