"""Check of a table: its log, its live files by size, rows and checksum, and the files of older versions."""

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
    """Depth of a check of files."""

    SIZES = 0  # lists each table
    FOOTERS = 1  # also reads the end of each file
    CHECKSUMS = 2  # also reads every byte


@dataclass
class Extent:
    """Limits and counts of a check. `until` is the moment (`time.monotonic`) after which it reads no more files."""

    depth: Depth = Depth.CHECKSUMS
    until: float | None = None
    progress: Callable[[int], None] = lambda size: None
    files: int = field(default=0, init=False)
    bytes: int = field(default=0, init=False)
    without_checksum: int = field(default=0, init=False)

    def is_over(self) -> bool:
        """Return whether the time is up."""
        return self.until is not None and time.monotonic() > self.until


def faults(lake: Lake, table: str, extent: Extent) -> Iterator[str]:
    """Yield every fault of a table. A table with a damaged log is checked no further."""
    log = lake.logs.log(table)
    try:
        opened, record = lake.logs.latest(table), lake.logs.known(table)
    except DamagedStore as damage:
        yield from dict.fromkeys([str(damage), *(map(str, log.faults()) if log.files else ())])
        return
    if opened is None:
        return
    yield from map(str, log.faults(record.commit_bytes if record else {}))
    live = live_files(opened)
    sizes = lake.logs.data_files(table)
    yield from map(str, _days_twice(table, live))
    yield from map(str, _replaced_files(lake, log, sizes, live))
    try:
        recorded = checksums.of_table(lake.files_beside, table, {file.path.split("/")[0] for file in live})
    except DamagedStore as damage:
        yield str(damage)
        recorded = {}
    yield from map(str, _file_faults(lake, table, opened.version(), live, sizes, recorded, extent))


def require_unchanged(lake: Lake, table: str, days: Iterable[dt.date]) -> None:
    """Compare the bytes of some days' files with the checksums of their commit, before a step reads the files.

    Raises:
        DamagedStore: a file is missing, or has another size or other bytes.
    """
    live = lake.live_files(table, days)
    recorded = checksums.of_table(lake.files_beside, table, {file.path.split("/")[0] for file in live})
    file_faults = _file_faults(lake, table, lake.versions()[table], live, lake.logs.data_files(table), recorded,
                               Extent())
    for fault in file_faults:
        raise fault.error()


def live_files(opened: "DeltaTable") -> list[DataFile]:
    """Return the files of a table's version, files of the latest day first."""
    actions = pa.table(opened.get_add_actions(flatten=True)).to_pylist()
    files = [DataFile(unquote(action["path"]), str(action.get("partition.ds", "no day")), action["size_bytes"],
                      action.get("num_records")) for action in actions]
    return sorted(files, key=lambda file: (file.ds, file.path), reverse=True)


def _file_faults(lake: Lake, table: str, version: int, live: list[DataFile], sizes: Mapping[str, int],
                 recorded: Mapping[str, Checksum], extent: Extent) -> Iterator[Fault]:
    def check(file: DataFile) -> Fault | None:
        damage = _damage(lake, table, file, sizes, recorded.get(file.path), extent)
        return live_fault(table, version, f"{lake.root}/{table}/{file.path}", file.ds, damage) if damage else None

    with ThreadPoolExecutor(FILES_AT_ONCE if extent.depth == Depth.CHECKSUMS else 1) as pool:
        for file, fault in zip(live, pool.map(check, live)):
            extent.files, extent.bytes = extent.files + 1, extent.bytes + file.bytes
            extent.without_checksum += file.path not in recorded
            extent.progress(file.bytes)
            if fault:
                yield fault


def _damage(lake: Lake, table: str, file: DataFile, sizes: Mapping[str, int], recorded: Checksum | None,
            extent: Extent) -> str | None:
    """Return the damage of a file, for a `Fault`; None where it has none."""
    size_difference = difference(file.bytes, sizes.get(file.path))
    if size_difference:
        return size_difference
    if extent.depth == Depth.SIZES or extent.is_over():
        return None
    return _content_damage(lake, f"{table}/{file.path}", file, recorded, extent.depth)


def _content_damage(lake: Lake, path: str, file: DataFile, recorded: Checksum | None, depth: Depth) -> str | None:
    try:
        with lake.logs.open_file(path) as source:
            rows = pq.read_metadata(source).num_rows
            digest = checksums.sha256(source) if depth == Depth.CHECKSUMS and recorded else None
    except (pa.ArrowException, OSError) as failure:
        return f"cannot be read as Parquet ({type(failure).__name__})"
    if file.rows is not None and rows != file.rows:
        return f"holds {rows:,} rows, {file.rows:,} were committed"
    if digest and digest != recorded.sha256:
        return f"has other bytes than were committed (SHA-256 {digest[:12]}, {recorded.sha256[:12]} was recorded)"
    return None


def _days_twice(table: str, live: list[DataFile]) -> Iterator[Fault]:
    """Yield days with live files of two writes, whose rows count twice: a commit replaces a day."""
    writes: dict[str, set[str]] = defaultdict(set)
    for file in live:
        if "/day=" in file.path:
            writes[file.ds].add(file.path.split("/")[0])
    for day, names in sorted(writes.items()):
        if len(names) > 1:
            yield Fault(f"{table}, {day}", " and ".join(sorted(names)), "are two writes of one day, both of them live",
                        f"Make the day again: make forget-table TABLE={table} FROM={day} TO={day}")


def _replaced_files(lake: Lake, log: DeltaLog, sizes: Mapping[str, int], live: list[DataFile]) -> Iterator[Fault]:
    """Yield faults of older versions' files that no vacuum has deleted. Replays of runs read these files."""
    current = {file.path for file in live}
    removed, vacuumed = _removals(log)
    for path, (version, moment, ds, size) in removed.items():
        current_size = sizes.get(path)
        size_difference = None if size is None or path in current else difference(size, current_size)
        if size_difference and not (current_size is None and moment <= vacuumed):
            yield replaced_fault(log.table, version - 1, f"{lake.root}/{log.table}/{path}", ds, size_difference)


def _removals(log: DeltaLog) -> tuple[dict[str, tuple[int, int, str, int | None]], int]:
    """Return (version, moment, day, size) of each replaced file, and the moment up to which a vacuum deleted files."""
    removed: dict[str, tuple[int, int, str, int | None]] = {}
    vacuumed = 0
    for version in log.commits:
        for action in _actions(log, version):
            if "remove" in action:
                remove = action["remove"]
                day = (remove.get("partitionValues") or {}).get("ds", "no day")
                removed[unquote(remove["path"])] = (version, remove.get("deletionTimestamp", 0), day,
                                                    remove.get("size"))
            vacuumed = max(vacuumed, _vacuumed_up_to(action.get("commitInfo", {})))
    return removed, vacuumed


def _actions(log: DeltaLog, version: int) -> list[dict[str, Any]]:
    try:
        return log.actions(version)
    except (ValueError, OSError):
        return []  # `DeltaLog.faults` reports the fault


def _vacuumed_up_to(info: Mapping[str, Any]) -> int:
    """Return the moment (ms) up to which a vacuum deleted replaced files; 0 where the commit is no vacuum."""
    if info.get("operation") != "VACUUM START":
        return 0
    parameters = info.get("operationParameters", {})
    retention_ms = parameters.get("specifiedRetentionMillis") or parameters.get("defaultRetentionMillis") or 0
    return int(info.get("timestamp", 0)) - int(retention_ms)
