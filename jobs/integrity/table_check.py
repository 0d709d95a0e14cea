"""Whether a table is whole: its log, its live files by size, rows and checksum, and the files of older versions."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import DamagedStore
from jobs.storage import checksums
from jobs.storage.checksums import Checksum
from jobs.storage.data_files import DataFile
from jobs.storage.delta_log import DeltaLog
from jobs.storage.faults import Fault, live_fault, replaced_fault
from jobs.storage.lake import Lake
from jobs.storage.presence import difference

if TYPE_CHECKING:
    from deltalake import DeltaTable

FILES_AT_ONCE = 4


class Depth(IntEnum):
    """How far files are looked into."""

    SIZES = 0  # one listing a table
    FOOTERS = 1  # and the end of each file
    CHECKSUMS = 2  # and every byte


@dataclass
class Extent:
    """How much was looked at; `until` is the moment (`time.monotonic`) at which a check may stop early."""

    depth: Depth = Depth.CHECKSUMS
    until: float | None = None
    progress: Callable[[int], None] = lambda size: None
    files: int = field(default=0, init=False)
    bytes: int = field(default=0, init=False)
    without_checksum: int = field(default=0, init=False)

    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.until is not None and time.monotonic() > self.until


def faults(lake: Lake, table: str, extent: Extent) -> Iterator[str]:
    """Every fault of a table. One whose log cannot be trusted is looked at no further."""
    log = lake.logs.log(table)
    try:
        opened, known = lake.logs.latest(table), lake.logs.known(table)
    except DamagedStore as damage:
        yield from dict.fromkeys([str(damage), *(map(str, log.faults()) if log.files else ())])
        return
    if opened is None:
        return
    yield from map(str, log.faults(known.commit_bytes if known else {}))
    live = live_files(opened)
    sizes = lake.logs.data_files(table)
    yield from map(str, _days_twice(table, live))
    yield from map(str, _replaced_files(lake, log, sizes, live))
    try:
        kept = checksums.of_table(lake.files_beside, table, {file.path.split("/")[0] for file in live})
    except DamagedStore as damage:
        yield str(damage)
        kept = {}
    yield from map(str, _file_faults(lake, table, opened.version(), live, sizes, kept, extent))


def require_unchanged(lake: Lake, table: str, days: Iterable[dt.date]) -> None:
    """Compare the bytes of some days' files with what was recorded at their commit, before something depends on them.

    Raises:
        DamagedStore: a file is missing, cut, or has other bytes.
    """
    live = lake.live_files(table, days)
    kept = checksums.of_table(lake.files_beside, table, {file.path.split("/")[0] for file in live})
    found = _file_faults(lake, table, lake.versions()[table], live, lake.logs.data_files(table), kept, Extent())
    for fault in found:
        raise fault.error()


def live_files(opened: "DeltaTable") -> list[DataFile]:
    """The files of a table's version, those of the latest day first."""
    actions = pa.table(opened.get_add_actions(flatten=True)).to_pylist()
    found = [DataFile(unquote(action["path"]), str(action.get("partition.ds", "no day")), action["size_bytes"],
                      action.get("num_records")) for action in actions]
    return sorted(found, key=lambda file: (file.ds, file.path), reverse=True)


def _file_faults(lake: Lake, table: str, version: int, live: list[DataFile], sizes: Mapping[str, int],
                 kept: Mapping[str, Checksum], extent: Extent) -> Iterator[Fault]:
    def look(file: DataFile) -> Fault | None:
        found = _found(lake, table, file, sizes, kept.get(file.path), extent)
        return live_fault(table, version, f"{lake.root}/{table}/{file.path}", file.ds, found) if found else None

    with ThreadPoolExecutor(FILES_AT_ONCE if extent.depth == Depth.CHECKSUMS else 1) as pool:
        for file, found in zip(live, pool.map(look, live)):
            extent.files, extent.bytes = extent.files + 1, extent.bytes + file.bytes
            extent.without_checksum += file.path not in kept
            extent.progress(file.bytes)
            if found:
                yield found


def _found(lake: Lake, table: str, file: DataFile, sizes: Mapping[str, int], kept: Checksum | None,
           extent: Extent) -> str | None:
    """What is wrong with a file; None where nothing is."""
    found = difference(file.bytes, sizes.get(file.path))
    if found:
        return found
    if extent.depth == Depth.SIZES or extent.is_over():
        return None
    return _content_found(lake, f"{table}/{file.path}", file, kept, extent.depth)


def _content_found(lake: Lake, path: str, file: DataFile, kept: Checksum | None, depth: Depth) -> str | None:
    try:
        with lake.logs.open_file(path) as source:
            rows = pq.read_metadata(source).num_rows
            digest = checksums.sha256(source) if depth == Depth.CHECKSUMS and kept else None
    except (pa.ArrowException, OSError) as failure:
        return f"cannot be read as Parquet ({type(failure).__name__})"
    if file.rows is not None and rows != file.rows:
        return f"holds {rows:,} rows, {file.rows:,} were committed"
    if digest and digest != kept.sha256:
        return f"has other bytes than were committed (SHA-256 {digest[:12]}, {kept.sha256[:12]} was recorded)"
    return None


def _days_twice(table: str, live: list[DataFile]) -> Iterator[Fault]:
    """A commit replaces a day: live files of two writes are its rows twice."""
    writes: dict[str, set[str]] = defaultdict(set)
    for file in live:
        if "/day=" in file.path:
            writes[file.ds].add(file.path.split("/")[0])
    for day, names in sorted(writes.items()):
        if len(names) > 1:
            yield Fault(f"{table}, {day}", " and ".join(sorted(names)), "are two writes of one day, both of them live",
                        f"Make the day again: make forget-table TABLE={table} FROM={day} TO={day}")


def _replaced_files(lake: Lake, log: DeltaLog, sizes: Mapping[str, int], live: list[DataFile]) -> Iterator[Fault]:
    """Files of older versions that no vacuum has deleted: runs are replayed from them."""
    current = {file.path for file in live}
    removed, vacuumed = _removals(log)
    for path, (version, moment, ds, size) in removed.items():
        there = sizes.get(path)
        found = None if size is None or path in current else difference(size, there)
        if found and not (there is None and moment <= vacuumed):
            yield replaced_fault(log.table, version - 1, f"{lake.root}/{log.table}/{path}", ds, found)


def _removals(log: DeltaLog) -> tuple[dict[str, tuple[int, int, str, int | None]], int]:
    """(version, moment, day, size) of each replaced file, and the moment up to which a vacuum deleted such files."""
    removed: dict[str, tuple[int, int, str, int | None]] = {}
    vacuumed = 0
    for version in log.commits:
        for action in _actions(log, version):
            if "remove" in action:
                own = action["remove"]
                removed[unquote(own["path"])] = (version, own.get("deletionTimestamp", 0),
                                                 (own.get("partitionValues") or {}).get("ds", "no day"), own.get("size"))
            vacuumed = max(vacuumed, _vacuumed_up_to(action.get("commitInfo", {})))
    return removed, vacuumed


def _actions(log: DeltaLog, version: int) -> list[dict[str, Any]]:
    try:
        return log.actions(version)
    except (ValueError, OSError):
        return []  # a fault of the log, which is told as such


def _vacuumed_up_to(info: Mapping[str, Any]) -> int:
    """The moment (ms) up to which replaced files were deleted by a vacuum; 0 where the commit is none."""
    if info.get("operation") != "VACUUM START":
        return 0
    asked = info.get("operationParameters", {})
    kept = asked.get("specifiedRetentionMillis") or asked.get("defaultRetentionMillis") or 0
    return int(info.get("timestamp", 0)) - int(kept)
