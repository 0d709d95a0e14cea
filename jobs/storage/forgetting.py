"""Takes a table, or some of its days, out of a lake: nothing is deleted, and nothing reads what was moved."""

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
    """Move what is left of a table aside, its record last: killed on the way, the table is still known as damaged.

    Args:
        version: the last one that was known, for the folder's name.
        keep_rows: move the record alone.

    Returns:
        The folder, relative to the lake.
    """
    aside = _unused(lake, f"{FOLDER}/{table}-{'unknown' if version is None else version}")
    if not keep_rows:
        lake.logs.move(table, f"{aside}/{table}")
        lake.logs.move(f"{checksums.FOLDER}/{table}", f"{aside}/{checksums.FOLDER}")
    # Before the record goes, every other table needs one, or run manifests would know this one again.
    lake.logs.complete(lake.run_id)
    lake.logs.move(table_records.path(table), f"{aside}/record.json")
    return aside


def empty_days(lake: "Lake", table: str, days: Sequence[dt.date]) -> None:
    """Commit some days of a table as days without a row."""
    names = tuple(day.isoformat() for day in days)
    base = delta_commit.commit_counts(lake.logs.latest(table), table, names)
    lake.commit(StagedWrite(table, f"{lake.run_id}-{uuid.uuid4().hex[:12]}", lake.run_id, names, (), base,
                            lake.versions(), {}, pack_schema(lake.schema(table))))


def _unused(lake: "Lake", folder: str) -> str:
    number = 1
    while lake.logs.exists(name := folder if number == 1 else f"{folder}-{number}"):
        number += 1
    return name
