"""A small home whose lake was written by the lake itself, without an engine: tables, records, checksums, notes."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.storage import data_files, delta_commit, run_manifest
from jobs.storage.data_files import StagedWrite, pack_schema
from jobs.storage.lake import Lake

THU, FRI, SAT = (dt.date(2026, 11, day) for day in (19, 20, 21))
ARROW = pa.schema([("order_id", pa.string()), ("seller_id", pa.string()), ("amount_cents", pa.int64()),
                   ("ds", pa.date32())])


def make(home: Path) -> Lake:
    """`orders` of three days in two commits, `clicks` of two days in one, and the notes of the run that wrote them."""
    lake = Lake(f"{home}/lake", "r1")
    commit(lake, "orders", {THU: ["o1", "o2"], FRI: ["o3"]})
    commit(lake, "orders", {SAT: ["o4", "o5", "o6"]})
    commit(lake, "clicks", {THU: ["c1"], FRI: ["c2", "c3"]})
    lake.put_json(f"_validations/ds={FRI}/r1-events.json", [{"ds": str(FRI), "success": True}])
    return Lake(lake.root)


def write(lake: Lake, table: str, ids: Mapping[dt.date, Sequence[str]], days: Sequence[dt.date] = (),
          metadata: Mapping[str, object] | None = None) -> StagedWrite:
    """Files of some rows, one a day, as `Lake.write` would leave them."""
    write_id, names = f"{lake.run_id}-{uuid.uuid4().hex[:12]}", sorted(day.isoformat() for day in {*ids, *days})
    base = delta_commit.commit_counts(lake.logs.latest(table), table, names)
    for day, own in ids.items():
        file = Path(lake.root, table, write_id, f"day={day}", "part-0.parquet")
        file.parent.mkdir(parents=True)
        pq.write_table(pa.table([own, ["s1"] * len(own), [100] * len(own), [day] * len(own)], schema=ARROW), file)
    files = data_files.list_data_files(lake.fs, f"{lake.root}/{table}", write_id)
    return StagedWrite(table, write_id, lake.run_id, tuple(names), files, base, lake.versions(), dict(metadata or {}),
                       pack_schema(ARROW))


def commit(lake: Lake, table: str, ids: Mapping[dt.date, Sequence[str]], **options) -> StagedWrite:
    """Commit some rows, and note them as a step does."""
    written = write(lake, table, ids, **options)
    run_manifest.add_output(lake, "events", written, lake.commit(written))
    return written


def live_file(lake: Lake, table: str, day: dt.date) -> Path:
    """The file of a day that the latest version has."""
    (file,) = Lake(lake.root).live_files(table, [day])
    return Path(lake.root, table, file.path)


def log_file(lake: Lake, table: str, version: int) -> Path:
    """A commit in a table's log."""
    return Path(lake.root, table, "_delta_log", f"{version:020}.json")


def cut(file: Path) -> None:
    """Keep the first half of a file."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: Path) -> None:
    """Change some bytes of a file's first rows; its length and its end stay."""
    content = bytearray(file.read_bytes())
    content[24:32] = bytes(255 - byte for byte in content[24:32])
    file.write_bytes(content)
