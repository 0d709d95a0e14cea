"""The log of ingestion: for each table and day how many rows came, where they ended, and from which files.

`ingest_log` has one row a table and day that was ingested, also where nothing was in the files. It says which days are
complete, and what later runs compare the landing folder with.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingestion.landing_inventory import TableDay
from jobs.storage import catalog
from jobs.storage.lake import Lake

LOG = catalog.INGEST_LOG.name

SCHEMA = pa.schema([
    ("table", pa.string()), ("rows_in", pa.int64()), ("kept", pa.int64()), ("quarantined", pa.int64()),
    ("dropped", pa.int64()), ("conflicting", pa.int64()), ("input", pa.string()),
    ("files", pa.list_(pa.struct([("name", pa.string()), ("bytes", pa.int64())]))), ("ds", pa.date32())])

Files = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LogEntry:
    """One table and day. Rows in = kept + quarantined + dropped.

    Attributes:
        conflicting: dropped rows that differ from the row that was kept under their key.
        input: fingerprint of the files and of what they were read with; None where a SELECT was read.
        files: name and size of each file, in order; None where that is not known.
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
    def place(self) -> TableDay:
        return self.table, self.ds

    def as_row(self) -> dict[str, Any]:
        """The entry as a row of SCHEMA."""
        files = None if self.files is None else [{"name": name, "bytes": size} for name, size in self.files]
        return {**self.__dict__, "files": files}


def read(lake: Lake, days: Iterable[dt.date] | None = None) -> dict[TableDay, LogEntry]:
    """The entries of some days (of all when None), by table and day. A log of an older lake lacks some columns."""
    if not lake.has(LOG):
        return {}
    rows = lake.arrow(LOG, days).to_table()
    entries = [_entry(row) for row in rows.select([name for name in SCHEMA.names if name in rows.column_names])
               .to_pylist()]
    return {entry.place: entry for entry in entries}


def of_day(rows: pa.Table, table: str, day: dt.date) -> Mapping[str, int]:
    """rows_in, quarantined and conflicting of a table's day in rows of the log; 0 where it has no entry."""
    chosen = rows.filter(pc.and_(pc.equal(rows["ds"], pa.scalar(day)), pc.equal(rows["table"], table)))
    return {name: sum(value or 0 for value in chosen[name].to_pylist())
            for name in ("rows_in", "quarantined", "conflicting")}


def _entry(row: Mapping[str, Any]) -> LogEntry:
    files = row.get("files")
    known = {name: value for name, value in row.items() if name != "files" and value is not None}
    return LogEntry(**{"rows_in": 0, "kept": 0, **known},
                    files=None if files is None else tuple((file["name"], file["bytes"]) for file in files))
