"""The lake: Delta tables whose files are written, audited, and only then committed.

A write creates Parquet files inside the table's folder, in a folder of its own (`jobs/storage/data_files.py`), and a
staged write in `_staged/`. No reader sees these files, because readers follow the Delta log. A commit adds the files to
the log in one atomic transaction that replaces their days (`jobs/storage/delta_commit.py`). The commit also writes the
table's record (`jobs/storage/table_records.py`), so that a table without its log is never taken for a new table.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jobs.errors import UserError
from jobs.runtime.plain_paths import delta_location
from jobs.storage import checksums, data_files, delta_commit
from jobs.storage.checksums import Checksum
from jobs.storage.data_files import DataFile, StagedWrite
from jobs.storage.faults import live_fault, replaced_fault
from jobs.storage.json_files import JsonFiles
from jobs.storage.presence import require_present
from jobs.storage.table_logs import TableLogs

if TYPE_CHECKING:  # steps that only commit import no Spark
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Pin:
    """One version of one table in the lake at `root`."""

    root: str
    version: int


class Lake:
    """The tables below one root, for one step of one run.

    The first read of a table pins its version: later reads in the step read the same rows.

    Args:
        root: a folder, or the URL of an object store that pyarrow and deltalake support.
        run_id: the run of the written files and commits.
        pins: tables to read at a given version, perhaps from another lake.
    """

    def __init__(self, root: str, run_id: str = "manual", pins: Mapping[str, Pin] | None = None):
        self.root = root
        self.run_id = run_id
        self.fs, self._base = pafs.FileSystem.from_uri(root)
        self.files_beside = JsonFiles(self.fs, self._base, root)
        self.logs = TableLogs(self.fs, self._base, root, self.files_beside)
        self.pins = dict(pins or {})
        self._opened: dict[str, DeltaTable] = {}

    # Reading

    def versions(self) -> dict[str, int]:
        """Return the version of every table read so far, as the inputs of the next write."""
        return {name: table.version() for name, table in sorted(self._opened.items())}

    def tables(self) -> list[str]:
        """Return the names of the tables in this lake that can be read."""
        return [name for name, damage in self.logs.examined() if damage is None]

    def damaged(self) -> dict[str, str]:
        """Return the tables that cannot be read, each with its damage and the command that mends it."""
        return {name: damage for name, damage in self.logs.examined() if damage is not None}

    def has(self, table: str) -> bool:
        """Return whether the table was ever committed.

        Raises:
            DamagedStore: the table was committed, and its log is gone or is another table's log.
        """
        return self._open(table) is not None

    def days(self, table: str) -> list[dt.date]:
        """Return the days with rows, in order; empty where the table does not exist."""
        return sorted(self.counts(table))

    def counts(self, table: str) -> dict[dt.date, int]:
        """Return the row count of each day, from the log alone."""
        counts: dict[dt.date, int] = {}
        for action in self._actions(table):
            counts[action["partition.ds"]] = counts.get(action["partition.ds"], 0) + action["num_records"]
        return counts

    def fingerprints(self, table: str) -> dict[dt.date, str]:
        """Return the fingerprint of each day that was written with one, from the log alone (see `write`)."""
        paths = {action["partition.ds"]: action["path"] for action in self._actions(table)}
        return {day: path.split(data_files.FINGERPRINT)[1].split("/")[0]
                for day, path in paths.items() if data_files.FINGERPRINT in path}

    def commit_metadata(self, table: str, key: str) -> Any | None:
        """Return the value of `key` in the newest commit metadata that has it (see `write`); None where none has."""
        opened = self._open(table)
        commits = [] if opened is None else delta_commit.table_metadata(opened)
        return next((metadata[key] for metadata in commits if key in metadata), None)

    def files(self, table: str, days: Iterable[dt.date] | None = None) -> dict[dt.date, list[str]]:
        """Return the paths of the live files of each day, relative to the table."""
        return data_files.by_day((dt.date.fromisoformat(file.ds), file.path) for file in self.live_files(table, days))

    def live_files(self, table: str, days: Iterable[dt.date] | None = None) -> list[DataFile]:
        """Return the files of some days (all days when None) by the log, sorted by day and path."""
        wanted = None if days is None else set(days)
        files = (DataFile(action["path"], str(action["partition.ds"]), action["size_bytes"], action["num_records"])
                 for action in self._actions(table) if wanted is None or action["partition.ds"] in wanted)
        return sorted(files, key=lambda file: (file.ds, file.path))

    def schema(self, table: str) -> pa.Schema:
        """Return the table's Arrow schema.

        Raises:
            UserError: the table does not exist.
        """
        opened = self._open(table)
        if opened is None:
            raise UserError(f"{table}: no such table in {self.root}. `make sql` lists the tables there are.")
        return pa.schema(opened.schema().to_arrow())

    def read(self, spark: "SparkSession", table: str, days: Iterable[dt.date] | None = None) -> "DataFrame":
        """Return the rows of some days (all days when None) as a Spark frame.

        Raises:
            UserError: the table does not exist.
            DamagedStore: a file is missing or has another size.
        """
        schema = self.schema(table)
        root = self._folder(table)
        live = self.live_files(table, days)
        self._require_present(table, live)
        return data_files.read_files(spark, schema, [f"{root}/{file.path}" for file in live])

    def footers(self, table: str, days: Iterable[dt.date]) -> list[pq.FileMetaData]:
        """Return the footers of the live files of some days: row counts, and each column's nulls and bounds."""
        if self._open(table) is None:
            return []
        fs, root = pafs.FileSystem.from_uri(self._folder(table))
        return [data_files.footer(fs, f"{root}/{path}") for paths in self.files(table, days).values() for path in paths]

    def arrow(self, table: str, days: Iterable[dt.date] | None = None) -> pads.Dataset:
        """Return the rows of some days (all days when None) as an Arrow dataset, for DuckDB and for training."""
        # deltalake's own file system is Python. DuckDB holds the interpreter while it waits for Arrow, and both can
        # wait for ever.
        fs, folder = pafs.FileSystem.from_uri(self._folder(table))
        dataset = self._pinned(table).to_pyarrow_dataset(schema=self.schema(table),
                                                         filesystem=pafs.SubTreeFileSystem(folder, fs))
        if days is None:
            return dataset
        return dataset.filter(pads.field("ds").isin(sorted(set(days))))

    # Writing

    def write(self, df: "DataFrame", table: str, days: Iterable[dt.date], *, key: str,
              fingerprints: Mapping[dt.date, str] | None = None,
              metadata: Mapping[str, Any] | None = None) -> StagedWrite:
        """Write a frame's rows as files of `table`. No reader sees the files until `commit`.

        Args:
            df: rows with a date column `ds`; each `ds` must be among `days`.
            days: the days that the commit will replace, also days without rows in `df`.
            key: column that orders rows within a file, for better compression and faster reads.
            fingerprints: the fingerprint of each day. The path of the day's files holds it, so that
                `Lake.fingerprints` opens no file.
            metadata: further facts for the commit metadata.

        Raises:
            UserError: a row's `ds` is not among `days`.
        """
        def write_files(folder: str, count: int) -> str:
            data_files.write_partitioned(df, f"{self.root}/{folder}", count, key, fingerprints)
            return data_files.pack_schema(data_files.arrow_schema_of(df.schema))

        return self._write(table, days, write_files, metadata)

    def write_table(self, rows: pa.Table, table: str, days: Iterable[dt.date], *,
                    metadata: Mapping[str, Any] | None = None) -> StagedWrite:
        """Write an Arrow table's rows as files of `table`, in their order, without Spark; see `write`.

        Raises:
            UserError: a row's `ds` is not among `days`.
        """
        def write_files(folder: str, count: int) -> str:
            data_files.write_table(self.fs, rows, f"{self._base}/{folder}")
            return data_files.pack_schema(rows.schema)

        return self._write(table, days, write_files, metadata)

    def _write(self, table: str, days: Iterable[dt.date], write_files: Callable[[str, int], str],
               metadata: Mapping[str, Any] | None) -> StagedWrite:
        """Write files by `write_files(folder, number of days)`, which returns the rows' packed schema."""
        days = sorted({day.isoformat() for day in days})
        write_id = f"{self.run_id}-{uuid.uuid4().hex[:12]}"
        commit_counts = delta_commit.commit_counts(self._latest(table), table, days)
        schema = write_files(f"{table}/{write_id}", len(days))
        files = data_files.list_data_files(self.fs, f"{self._base}/{table}", write_id)
        stray = sorted({file.ds for file in files} - set(days))
        if stray:
            raise UserError(f"{table}: rows of {', '.join(stray)} in a write that replaces "
                            f"{days[0]} to {days[-1]}. Nothing was committed.")
        return StagedWrite(table, write_id, self.run_id, tuple(days), files, commit_counts,
                           self.versions(), dict(metadata or {}), schema)

    def stage(self, written: StagedWrite) -> None:
        """Store a staged write for the audit, which may run in another process."""
        self.put_json(f"_staged/{written.run_id}/{written.table}.json", asdict(written))

    def staged(self, table: str) -> StagedWrite | None:
        """Return this run's staged write of `table`; None where it has none.

        Raises:
            DamagedStore: the staged write cannot be read.
        """
        path = f"_staged/{self.run_id}/{table}.json"
        raw = self.get_json(path)
        if raw is None:
            return None
        try:
            files = tuple(DataFile(**file) for file in raw["files"])
            return StagedWrite(**{**raw, "days": tuple(raw["days"]), "files": files})
        except (KeyError, TypeError):
            raise self.files_beside.fault(path, "is not a staged write").error() from None

    def unstage(self, table: str) -> None:
        """Delete the staged write of a table after its commit."""
        self.files_beside.delete(f"_staged/{self.run_id}/{table}.json")

    def discard_staged(self) -> None:
        """Delete all staged writes of this run: writes of an earlier attempt are no part of this attempt."""
        path = f"{self._base}/_staged/{self.run_id}"
        if self.fs.get_file_info(path).type == pafs.FileType.Directory:
            self.fs.delete_dir(path)

    def written_frame(self, spark: "SparkSession", written: StagedWrite,
                      days: Iterable[dt.date] | None = None) -> "DataFrame":
        """Return the rows of a write (of all its days when None), read from its own files, for the audit."""
        files = written.files if days is None else written.files_of(days)
        delta_commit.require_whole(self.fs, f"{self._base}/{written.table}", written)
        paths = [f"{self.root}/{written.table}/{file.path}" for file in files]
        return data_files.read_files(spark, written.arrow_schema, paths)

    def written_footers(self, written: StagedWrite, days: Iterable[dt.date]) -> list[pq.FileMetaData]:
        """Return the footers of the files of some days of a write."""
        return [data_files.footer(self.fs,
                                  f"{self._base}/{written.table}/{file.path}") for file in written.files_of(days)]

    def written_arrow(self, written: StagedWrite) -> pads.Dataset:
        """Return the rows of a write as an Arrow dataset."""
        paths = [f"{self._base}/{written.table}/{file.path}" for file in written.files]
        return pads.dataset(paths, schema=written.arrow_schema, format="parquet", filesystem=self.fs)

    def commit(self, written: StagedWrite) -> int:
        """Make a write readable in place of its days, in one atomic transaction.

        A second commit of the same write changes nothing.

        Returns:
            The table's new version.

        Raises:
            LostRace: another writer replaced one of the days since this write began.
            DamagedStore: a file is missing or has another size than at the write.
        """
        table = self._latest(written.table)
        if table is None or all(metadata["write_id"] != written.write_id
                                for metadata in delta_commit.table_metadata(table)):
            delta_commit.require_whole(self.fs, f"{self._base}/{written.table}", written)
            checksums.keep(self.files_beside, written.table, written.write_id,
                           {file.path: Checksum(file.bytes, file.rows, file.sha256)
                            for file in written.files if file.sha256})
            delta_commit.replace_days(self._location_to_commit(written.table), table, written)
        return self.logs.record(written.table, self.run_id)

    def vacuum(self, older_than_hours: float = 24.0, keep_days: float = 35.0) -> list[str]:
        """Delete files that no version of a table needs.

        Folders of uncommitted writes, and staged writes, are deleted after `older_than_hours`. Files that a later
        version replaced are deleted after `keep_days`; until then runs can be replayed from their manifests. Checksums
        are deleted with their files. A damaged table stays as it is.

        Returns:
            Paths of the deleted files and folders, relative to the lake.
        """
        tables = self.tables()
        deleted = [f"_staged/{run}" for run in sorted(self._untouched("_staged", older_than_hours))]
        deleted += [f"{name}/{write}" for name in tables
                    for write in sorted(self._untouched(name, older_than_hours) - self._all_added_files(name))]
        for folder in deleted:
            self.fs.delete_dir(f"{self._base}/{folder}")
        for name in tables:
            replaced = self._latest(name).vacuum(retention_hours=int(keep_days * 24), dry_run=False,
                                                 enforce_retention_duration=False)
            deleted += [f"{name}/{path}" for path in replaced]
            writes = {path.split("/")[0] for path in self.logs.data_files(name)}
            checksums.forget_unless(self.files_beside, name, writes.__contains__)
            if replaced:  # a vacuum is a version too
                self.logs.record(name, self.run_id)
        return deleted

    # JSON files beside the tables

    def put_json(self, path: str, content: Any) -> None:
        """Write a JSON file atomically: a reader finds the complete file or none."""
        self.files_beside.put(path, content)

    def get_json(self, path: str) -> Any | None:
        """Return the content of a JSON file; None where there is no file.

        Raises:
            DamagedStore: the file is not JSON.
        """
        return self.files_beside.get(path)

    def validations(self) -> list[dict[str, Any]]:
        """Return the results of every audit, one row an expectation. `ds` is the audited day."""
        selector = pafs.FileSelector(f"{self._base}/_validations", recursive=True, allow_not_found=True)
        files = sorted(info.path for info in self.fs.get_file_info(selector) if info.path.endswith(".json"))
        return [{**row, "ds": dt.date.fromisoformat(row["ds"])} for file in files
                for row in self.get_json(file.removeprefix(f"{self._base}/"))]

    # Inside

    def _open(self, table: str) -> DeltaTable | None:
        if table not in self._opened:
            opened = self._open_at(table)
            if opened is None:
                return None
            self._opened[table] = opened
        return self._opened[table]

    def _folder(self, table: str) -> str:
        """Return the folder of the table, as a path or a URL."""
        return f"{self.pins[table].root if table in self.pins else self.root}/{table}"

    def _location_to_commit(self, table: str) -> str:
        location = delta_location(f"{self.root}/{table}")
        if location != f"{self.root}/{table}":
            # The log's folder is created here and so gets a link: deltalake would put a new log beside the links.
            self.fs.create_dir(f"{self._base}/{table}/_delta_log")
        return delta_location(f"{self.root}/{table}")

    def _open_at(self, table: str) -> DeltaTable | None:
        if table in self.pins:
            return self._at(self.pins[table], table)
        return self._latest(table)

    def _pinned(self, table: str) -> DeltaTable:
        self.schema(table)
        return self._opened[table]

    @staticmethod
    def _at(pin: Pin, table: str) -> DeltaTable:
        try:
            return DeltaTable(delta_location(f"{pin.root}/{table}"), version=pin.version)
        except DeltaError as failure:
            Lake(pin.root).has(table)  # raises the damage of the table, if there is any
            raise UserError(f"{table}: version {pin.version} is not in the log of {pin.root}/{table} any more. "
                            "Expected the log to hold it; restore the table from a backup of that time.") from failure

    def _latest(self, table: str) -> DeltaTable | None:
        return self.logs.latest(table)

    def _require_present(self, table: str, live: Sequence[DataFile]) -> None:
        is_pinned = table in self.pins
        lake, fault = (Lake(self.pins[table].root), replaced_fault) if is_pinned else (self, live_fault)
        require_present(lake.fs, f"{lake._base}/{table}", live, lambda file, found: fault(
            table, self._opened[table].version(), f"{lake.root}/{table}/{file.path}", file.ds, found))

    def _actions(self, table: str) -> list[dict[str, Any]]:
        opened = self._open(table)
        return [] if opened is None else self._actions_of(opened)

    def _untouched(self, folder: str, hours: float) -> set[str]:
        """Return the subfolders of a folder that were last changed more than `hours` ago."""
        limit = time.time() - hours * 3600
        entries = self.fs.get_file_info(pafs.FileSelector(f"{self._base}/{folder}", allow_not_found=True))
        return {entry.base_name for entry in entries
                if entry.type == pafs.FileType.Directory and entry.mtime.timestamp() <= limit}

    def _all_added_files(self, table: str) -> set[str]:
        """Return the folders that a commit in the log names, and the folder of the log itself."""
        latest = self._latest(table)
        live = {path.split("/")[0] for path in (a["path"] for a in self._actions_of(latest))}
        return live | {"_delta_log"} | {metadata["write_id"] for metadata in delta_commit.table_metadata(latest)}

    @staticmethod
    def _actions_of(table: DeltaTable) -> list[dict[str, Any]]:
        actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        return [{**action, "path": unquote(action["path"])} for action in actions]  # the log encodes paths like URLs
