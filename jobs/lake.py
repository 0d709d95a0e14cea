"""The only door to storage: Delta tables whose files are written, audited, and only then committed.

A write leaves plain Parquet files inside the table's folder, in a folder of its own (`jobs/parquet.py`), and a
note in `_staged/`. No reader sees them, because readers follow the Delta log. A commit adds them to the log
in one atomic transaction that replaces the days written (`jobs/transaction.py`).
"""

import datetime as dt
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from jobs import parquet, transaction
from jobs.errors import Refused
from jobs.parquet import File, Written
from jobs.storage.plain_paths import delta_location

if TYPE_CHECKING:  # Spark is imported by the jobs that compute, not by those that only commit
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Pin:
    """One version of one table, in the lake it lives in."""

    root: str
    version: int


class Lake:
    """The tables below one root, as one step of one run sees them.

    The first read of a table pins its version: later reads in the same step see the same rows.

    Args:
        root: a folder, or the URL of an object store that pyarrow and deltalake know.
        run_id: whose files and commits these are.
        pins: tables to be read at a version of our choosing, perhaps from another lake.
    """

    def __init__(self, root: str, run_id: str = "by-hand", pins: Mapping[str, Pin] | None = None):
        self.root = root
        self.run_id = run_id
        self.fs, self._base = pafs.FileSystem.from_uri(root)
        self.pins = dict(pins or {})
        self._opened: dict[str, DeltaTable] = {}

    # Reading

    def versions(self) -> dict[str, int]:
        """Version of every table read so far: the inputs of what is written next."""
        return {name: table.version() for name, table in sorted(self._opened.items())}

    def tables(self) -> list[str]:
        """Names of the tables in this lake."""
        entries = self.fs.get_file_info(pafs.FileSelector(self._base, allow_not_found=True))
        names = (entry.base_name for entry in entries if entry.type == pafs.FileType.Directory)
        return sorted(name for name in names if name[0] not in "_." and self._latest(name))

    def has(self, table: str) -> bool:
        """Whether the table has ever been committed (and, where pinned, whether it was known)."""
        return self._open(table) is not None

    def days(self, table: str) -> list[dt.date]:
        """The days that hold rows, in order; empty where there is no such table."""
        return sorted(self.counts(table))

    def counts(self, table: str) -> dict[dt.date, int]:
        """Rows of each day, from the log alone."""
        counts: dict[dt.date, int] = {}
        for action in self._actions(table):
            counts[action["partition.ds"]] = counts.get(action["partition.ds"], 0) + action["num_records"]
        return counts

    def made_from(self, table: str) -> dict[dt.date, str]:
        """What each day was made from, for those that tell, from the log alone (see `write`)."""
        paths = {action["partition.ds"]: action["path"] for action in self._actions(table)}
        return {day: path.split(parquet.MADE_FROM)[1].split("/")[0]
                for day, path in paths.items() if parquet.MADE_FROM in path}

    def told(self, table: str, what: str) -> Any | None:
        """What the latest commit of the table that noted `what` said of it (see `write`); else None."""
        opened = self._open(table)
        notes = [] if opened is None else transaction.notes(opened)
        return next((told[what] for told in notes if what in told), None)

    def files(self, table: str, days: Iterable[dt.date] | None = None) -> dict[dt.date, list[str]]:
        """Names of the live files of each day, relative to the table: what a day's rows depend on."""
        wanted = None if days is None else set(days)
        return parquet.by_day((action["partition.ds"], action["path"]) for action in self._actions(table)
                            if wanted is None or action["partition.ds"] in wanted)

    def schema(self, table: str) -> pa.Schema:
        """The table's Arrow schema.

        Raises:
            Refused: the table does not exist.
        """
        opened = self._open(table)
        if opened is None:
            raise Refused(f"{table}: no such table in {self.root}. `make sql` lists the tables there are.")
        return pa.schema(opened.schema().to_arrow())

    def read(self, spark: "SparkSession", table: str, days: Iterable[dt.date] | None = None) -> "DataFrame":
        """The rows of some days (all days when None) as a Spark frame.

        Raises:
            Refused: the table does not exist.
        """
        schema = self.schema(table)
        root = self._folder(table)
        paths = [f"{root}/{path}" for names in self.files(table, days).values() for path in names]
        return parquet.read_files(spark, schema, paths)

    def footers(self, table: str, days: Iterable[dt.date]) -> list[pq.FileMetaData]:
        """Footers of the live files of some days: counts, and each column's nulls and bounds."""
        if self._open(table) is None:
            return []
        fs, root = pafs.FileSystem.from_uri(self._folder(table))
        return [parquet.footer(fs, f"{root}/{path}") for paths in self.files(table, days).values() for path in paths]

    def arrow(self, table: str, days: Iterable[dt.date] | None = None) -> pads.Dataset:
        """The same rows as an Arrow dataset, for DuckDB and for training."""
        dataset = self._pinned(table).to_pyarrow_dataset(schema=self.schema(table))
        if days is None:
            return dataset
        return dataset.filter(pads.field("ds").isin(sorted(set(days))))

    # Writing

    def write(self, df: "DataFrame", table: str, days: Iterable[dt.date], *, key: str,
              made_from: Mapping[dt.date, str] | None = None, note: Mapping[str, Any] | None = None) -> Written:
        """Write a frame's rows as files of `table`. Nobody can read them until `commit`.

        Args:
            df: rows with a date column `ds`; each `ds` must be among `days`.
            days: the days that the commit will replace, also where `df` has no row for them.
            key: rows are ordered by it within a file, which packs better and reads faster.
            made_from: a word for each day, which goes to its files' path, where `made_from` finds it
                without opening a file.
            note: what else the commit should tell about itself.
        """
        days = sorted({day.isoformat() for day in days})
        write_id = f"{self.run_id}-{uuid.uuid4().hex[:12]}"
        base = transaction.commit_counts(self._latest(table), table, days)
        parquet.lay_out(df, f"{self.root}/{table}/{write_id}", len(days), key, made_from)
        found = tuple(parquet.laid_out(self.fs, f"{self._base}/{table}", write_id))
        stray = sorted({file.ds for file in found} - set(days))
        if stray:
            raise Refused(f"{table}: rows of {', '.join(stray)} in a write that replaces "
                          f"{days[0]} to {days[-1]}. Nothing was committed.")
        return Written(table, write_id, self.run_id, tuple(days), found, base,
                       self.versions(), dict(note or {}), parquet.packed(parquet.arrow_schema(df.schema)))

    def stage(self, written: Written) -> None:
        """Note a write for the audit, which may run in another process."""
        self.put_json(f"_staged/{written.run_id}/{written.table}.json", asdict(written))

    def staged(self, table: str) -> Written | None:
        """What this run has written to `table` and not yet committed."""
        raw = self.get_json(f"_staged/{self.run_id}/{table}.json")
        if raw is None:
            return None
        found = tuple(File(**file) for file in raw.pop("files"))
        return Written(**{**raw, "days": tuple(raw["days"]), "files": found})

    def unstage(self, table: str) -> None:
        """Forget a write that was committed."""
        path = f"{self._base}/_staged/{self.run_id}/{table}.json"
        if self.fs.get_file_info(path).type == pafs.FileType.File:
            self.fs.delete_file(path)

    def written_frame(self, spark: "SparkSession", written: Written,
                      days: Iterable[dt.date] | None = None) -> "DataFrame":
        """The rows of a write (of some days of it), read back from its own files: what the audit looks at."""
        found = written.files if days is None else written.files_of(days)
        paths = [f"{self.root}/{written.table}/{file.path}" for file in found]
        return parquet.read_files(spark, written.shape, paths)

    def written_footers(self, written: Written, days: Iterable[dt.date]) -> list[pq.FileMetaData]:
        """Footers of the files of some days of a write."""
        return [parquet.footer(self.fs, f"{self._base}/{written.table}/{file.path}") for file in written.files_of(days)]

    def written_arrow(self, written: Written) -> pads.Dataset:
        """The rows of a write as an Arrow dataset."""
        paths = [f"{self._base}/{written.table}/{file.path}" for file in written.files]
        return pads.dataset(paths, schema=written.shape, format="parquet", filesystem=self.fs)

    def commit(self, written: Written) -> int:
        """Make a write readable, replacing its days, in one atomic transaction.

        Committing the same write twice does it once.

        Returns:
            The table's new version.

        Raises:
            Refused: another writer replaced one of the days since this write began.
        """
        table = self._latest(written.table)
        if table is not None and any(told["write_id"] == written.write_id for told in transaction.notes(table)):
            return table.version()
        transaction.replace_days(self._location_to_commit(written.table), table, written)
        return self._latest(written.table).version()

    def vacuum(self, older_than_hours: float = 24.0, keep_days: float = 35.0) -> list[str]:
        """Delete files that no version needs.

        Folders of writes that never reached the log, and what runs have staged, go after `older_than_hours`; files
        that a later version replaced go after `keep_days`, until when runs can be repeated from their notes.

        Returns:
            What was deleted, relative to the lake.
        """
        deleted = [f"_staged/{run}" for run in sorted(self._untouched("_staged", older_than_hours))]
        deleted += [f"{name}/{write}" for name in self.tables()
                    for write in sorted(self._untouched(name, older_than_hours) - self._ever_added(name))]
        for folder in deleted:
            self.fs.delete_dir(f"{self._base}/{folder}")
        for name in self.tables():
            gone = self._latest(name).vacuum(retention_hours=int(keep_days * 24), dry_run=False,
                                             enforce_retention_duration=False)
            deleted += [f"{name}/{path}" for path in gone]
        return deleted

    # Small notes beside the tables

    def put_json(self, path: str, content: Any) -> None:
        """Write a note atomically: it is there whole, or not at all."""
        target = f"{self._base}/{path}"
        self.fs.create_dir(target.rsplit("/", 1)[0])
        temporary = f"{target}.{uuid.uuid4().hex}"
        with self.fs.open_output_stream(temporary) as out:
            out.write(json.dumps(content, indent=1, default=str).encode())
        self.fs.move(temporary, target)

    def get_json(self, path: str) -> Any | None:
        """A note, or None where there is none."""
        target = f"{self._base}/{path}"
        if self.fs.get_file_info(target).type != pafs.FileType.File:
            return None
        with self.fs.open_input_stream(target) as source:
            return json.loads(source.read())

    def validations(self) -> list[dict[str, Any]]:
        """The results of every audit, one row an expectation; `ds` is the day."""
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
        """Where the table's files are, as a path or a URL."""
        return f"{self.pins[table].root if table in self.pins else self.root}/{table}"

    def _location_to_commit(self, table: str) -> str:
        location = delta_location(f"{self.root}/{table}")
        if location != f"{self.root}/{table}":
            # Made here, so that it is linked: deltalake would put a new log beside the links.
            self.fs.create_dir(f"{self._base}/{table}/_delta_log")
        return delta_location(f"{self.root}/{table}")

    def _open_at(self, table: str) -> DeltaTable | None:
        if table in self.pins:
            pin = self.pins[table]
            return DeltaTable(delta_location(f"{pin.root}/{table}"), version=pin.version)
        return self._latest(table)

    def _pinned(self, table: str) -> DeltaTable:
        self.schema(table)
        return self._opened[table]

    def _latest(self, table: str) -> DeltaTable | None:
        try:
            return DeltaTable(delta_location(f"{self.root}/{table}"))
        except TableNotFoundError:
            return None

    def _actions(self, table: str) -> list[dict[str, Any]]:
        opened = self._open(table)
        return [] if opened is None else self._actions_of(opened)

    def _untouched(self, folder: str, hours: float) -> set[str]:
        """The folders in a folder that nothing was put into for so long."""
        limit = time.time() - hours * 3600
        entries = self.fs.get_file_info(pafs.FileSelector(f"{self._base}/{folder}", allow_not_found=True))
        return {entry.base_name for entry in entries
                if entry.type == pafs.FileType.Directory and entry.mtime.timestamp() <= limit}

    def _ever_added(self, table: str) -> set[str]:
        """Folders that some commit in the log has named, and that of the log itself."""
        latest = self._latest(table)
        live = {path.split("/")[0] for path in (a["path"] for a in self._actions_of(latest))}
        return live | {"_delta_log"} | {told["write_id"] for told in transaction.notes(latest)}

    @staticmethod
    def _actions_of(table: DeltaTable) -> list[dict[str, Any]]:
        # The log writes a path as a URL does.
        return [{**action, "path": unquote(action["path"])}
                for action in pa.table(table.get_add_actions(flatten=True)).to_pylist()]
