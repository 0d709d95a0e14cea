"""The log of ingestion: row counts and input files of each table and day.

`ingest_log` has one row for each ingested table and day, also for files without rows. A day with an entry is complete.
Later runs compare the landing folder with the entries.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingestion.landing_inventory import TableDay
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake

LOG = catalog.INGEST_LOG.name

SCHEMA = arrow_schema(catalog.INGEST_LOG)

Files = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LogEntry:
    """One table and day. Rows in = kept + quarantined + dropped.

    Attributes:
        conflicting: dropped rows that differ from the row kept under their key.
        input: input fingerprint; None where a SELECT was read.
        files: name and size of each file, in order; None where they are unknown.
    """

    table: str
    ds: dt.date
    rows_in: int
    kept: int
    quarantined: int = 0
    dropped: int = 0
    conflicting: int = 0
    input: str | None = None
    files: Files | None = None

    @property
    def table_day(self) -> TableDay:
        return self.table, self.ds

    def as_row(self) -> dict[str, Any]:
        """Return the entry as a row of SCHEMA."""
        files = None if self.files is None else [{"name": name, "bytes": size} for name, size in self.files]
        return {**self.__dict__, "files": files}


def read(lake: Lake, days: Iterable[dt.date] | None = None) -> dict[TableDay, LogEntry]:
    """Return the entries of some days (all days when None) by table and day. An older lake's log lacks some columns."""
    if not lake.has(LOG):
        return {}
    rows = lake.arrow(LOG, days).to_table()
    entries = [_entry(row) for row in rows.select([name for name in SCHEMA.names if name in rows.column_names])
               .to_pylist()]
    return {entry.table_day: entry for entry in entries}


def of_day(rows: pa.Table, table: str, day: dt.date) -> Mapping[str, int]:
    """Return rows_in, quarantined and conflicting of a table day, from rows of the log; 0 where it has no entry."""
    chosen = rows.filter(pc.and_(pc.equal(rows["ds"], pa.scalar(day)), pc.equal(rows["table"], table)))
    return {name: sum(value or 0 for value in chosen[name].to_pylist())
            for name in ("rows_in", "quarantined", "conflicting")}


def _entry(row: Mapping[str, Any]) -> LogEntry:
    files = row.get("files")
    values = {name: value for name, value in row.items() if name != "files" and value is not None}
    return LogEntry(**{"rows_in": 0, "kept": 0, **values},
                    files=None if files is None else tuple((file["name"], file["bytes"]) for file in files))
