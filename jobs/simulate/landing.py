"""Landing files: one folder per table and day of arrival, in three formats.

A day without rows still has a file, because a missing folder means a failed delivery.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.simulate import columns, data_faults
from jobs.simulate.rows import Rows, count

FORMATS = {
    "users": "parquet", "sellers": "parquet", "creators": "jsonl", "orders": "parquet", "shipments": "csv",
    "reviews": "csv", "clicks": "parquet", "logins": "parquet", "incentives": "jsonl", "cases": "csv",
    "case_outcomes": "csv", "accesses": "parquet", "verdicts": "jsonl",
}


def land(folder: Path, table: str, arrived: Rows, first_day: np.datetime64, day: int) -> None:
    """Write the file of one table and day; `arrived` has the order of `DeliveryFaults.deliver`."""
    rows = pa.table(columns.OF[table](arrived, first_day))
    target = folder / table / f"ds={first_day + day}" / f"part-0.{FORMATS[table]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[FORMATS[table]](rows, target)
    if table == "cases" and count(arrived) and arrived["flaw"][-1] == data_faults.CUT:
        _cut_last_line(target)


def _cut_last_line(target: Path) -> None:
    whole = target.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    target.write_bytes(whole[:last + 30])


def _parquet(rows: pa.Table, target: Path) -> None:
    pq.write_table(rows, target, compression="snappy")


def _csv(rows: pa.Table, target: Path) -> None:
    pacsv.write_csv(rows, target)


def _jsonl(rows: pa.Table, target: Path) -> None:
    target.write_text("".join(json.dumps(row) + "\n" for row in rows.to_pylist()))


WRITERS = {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl}
