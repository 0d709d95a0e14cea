"""Removes a table, or some of its days, from a lake. Files are moved, never deleted, and no reader finds them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobs.storage import checksums, delta_commit, table_records
from jobs.storage.data_files import StagedWrite, pack_schema

if TYPE_CHECKING:
    from jobs.storage.lake import Lake

FOLDER = "_forgotten"


def forget(lake: "Lake", table: str, version: int | None, *, keep_rows: bool) -> str:
    """Move the files of a table to `_forgotten/`, its record last.

    After an interruption the record is still in its place, so that the table still counts as damaged.

    Args:
        version: the last recorded version, for the folder's name.
        keep_rows: move the record alone.

    Returns:
        The folder, relative to the lake.
    """
    target = _unused(lake, f"{FOLDER}/{table}-{'unknown' if version is None else version}")
    if not keep_rows:
        lake.logs.move(table, f"{target}/{table}")
        lake.logs.move(f"{checksums.FOLDER}/{table}", f"{target}/{checksums.FOLDER}")
    # Every other table needs a record before this record is moved. Else run manifests would restore this table.
    lake.logs.complete(lake.run_id)
    lake.logs.move(table_records.path(table), f"{target}/record.json")
    return target


def empty_days(lake: "Lake", table: str, days: Sequence[dt.date]) -> None:
    """Commit some days of a table as days without rows."""
    day_names = tuple(day.isoformat() for day in days)
    commit_counts = delta_commit.commit_counts(lake.logs.latest(table), table, day_names)
    lake.commit(StagedWrite(table, f"{lake.run_id}-{uuid.uuid4().hex[:12]}", lake.run_id, day_names, (), commit_counts,
                            lake.versions(), {}, pack_schema(lake.schema(table))))


def _unused(lake: "Lake", folder: str) -> str:
    number = 1
    while lake.logs.exists(name := folder if number == 1 else f"{folder}-{number}"):
        number += 1
    return name
