"""Later days that change when a day is ingested again, because their rows repeat earlier rows.

A row is dropped where its key was kept within the week before. When a day of that week changes, a dropped row may no
longer be a repetition, and a kept row may become one. The later days are then ingested with the changed day. Of a table
of states, rows are repetitions only where they are equal: other rows of a key may be kept within a week.
"""

import datetime as dt
from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.dataset import Dataset

from features.inputs.contract import Table
from features.inputs.deduplication import REPEAT_DAYS
from jobs.storage import catalog
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

REPETITIONS = catalog.REPETITIONS.name


def affected_days(lake: Lake, table: Table, days: Sequence[dt.date], written: StagedWrite) -> set[dt.date]:
    """Return the days within a week after `days`, and not among them, whose kept rows no longer follow the rule.

    Args:
        days: the ingested days.
        written: the kept rows of the table on these days, staged and not committed.
    """
    dropped_days = set(lake.days(REPETITIONS)) if lake.has(REPETITIONS) else set()
    later = [day for day in sorted({*lake.days(table.name), *dropped_days} - set(days))
             if any(0 < (day - other).days <= REPEAT_DAYS for other in days)]
    if not later:
        return set()
    kept = _compared(table, lake.written_arrow(written))
    return _kept_twice(lake, table, later, kept) | _dropped_for_nothing(lake, table, days, later, kept)


def _compared(table: Table, rows: Dataset) -> pa.Table:
    """Return (key, ds) of rows, and for a table of states all their columns as `content`."""
    found = rows.to_table(columns=[*(table.names if table.is_state else (table.key,)), "ds"])
    compared = found.select([table.key, "ds"]).rename_columns(["key", "ds"])
    return (compared.append_column("content", found.select(table.names).to_struct_array()) if table.is_state
            else compared)


def _kept_twice(lake: Lake, table: Table, later: Sequence[dt.date], kept: pa.Table) -> set[dt.date]:
    if not lake.has(table.name):
        return set()
    after = _compared(table, lake.arrow(table.name, later))
    equal = " AND a.content IS NOT DISTINCT FROM k.content" if table.is_state else ""
    return _days(f"SELECT DISTINCT a.ds FROM after a JOIN kept k ON a.key = k.key{equal} "
                 f"WHERE a.ds > k.ds AND a.ds - k.ds <= {REPEAT_DAYS}", after=after, kept=kept)


def _dropped_for_nothing(lake: Lake, table: Table, days: Sequence[dt.date], later: Sequence[dt.date],
                         kept: pa.Table) -> set[dt.date]:
    if not lake.has(REPETITIONS):
        return set()
    chosen = (pc.field("table") == table.name) & pc.field("kept_on").isin(list(days))
    dropped = lake.arrow(REPETITIONS, later).to_table(columns=["key", "kept_on", "ds"], filter=chosen)
    if table.is_state:
        kept = _unchanged(lake, table, days, kept)
    return _days("SELECT DISTINCT d.ds FROM dropped d ANTI JOIN kept k ON d.key = k.key AND d.kept_on = k.ds",
                 dropped=dropped, kept=kept)


def _unchanged(lake: Lake, table: Table, days: Sequence[dt.date], kept: pa.Table) -> pa.Table:
    """Return (key, ds) of the states that the lake has with the same content: a dropped row is equal to one of them."""
    if not lake.has(table.name):
        return kept.slice(0, 0)
    stored = _compared(table, lake.arrow(table.name, days))
    with duckdb.connect() as db:
        db.register("kept", kept)
        db.register("stored", stored)
        return db.sql("SELECT k.key, k.ds FROM kept k SEMI JOIN stored s ON k.key = s.key AND k.ds = s.ds "
                      "AND k.content IS NOT DISTINCT FROM s.content").to_arrow_table()


def _days(query: str, **tables: pa.Table) -> set[dt.date]:
    with duckdb.connect() as db:
        for name, rows in tables.items():
            db.register(name, rows)
        return {day for day, in db.execute(query).fetchall()}
