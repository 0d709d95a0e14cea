"""The only door to storage: Delta tables whose files are written, audited, and only then committed.

A write leaves plain Parquet files inside the table's folder, in a folder of its own, and a note in
`_staged/`. No reader sees them, because readers follow the Delta log. A commit adds them to the log
in one atomic transaction that replaces the days written. `ds` is kept inside the files as well as
in the log, so that any file can be read by itself, without guessing a column from its path.
"""

import base64
import datetime as dt
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, create_table_with_add_actions

from jobs.errors import Refused

if TYPE_CHECKING:  # Spark is imported by the jobs that compute, not by those that only commit
    from pyspark.sql import DataFrame, SparkSession

# Tasks that write a range of days; a number, because Spark would put few rows into a single task.
WRITERS = 16
# A day's file grows to about this many rows before Spark starts the next one.
ROWS_PER_FILE = 5_000_000

MADE_FROM = "/made_from="  # in a file's path


@dataclass(frozen=True)
class Pin:
    """One version of one table, in the lake it lives in."""

    root: str
    version: int


@dataclass(frozen=True)
class File:
    """One Parquet file of a write: path relative to its table, the day it holds, its size."""

    path: str
    ds: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class Written:
    """Files that were written and are not readable yet. `base` is each day's commit count before."""

    table: str
    write_id: str
    run_id: str
    days: tuple[str, ...]
    files: tuple[File, ...]
    base: Mapping[str, int]
    inputs: Mapping[str, int]
    note: Mapping[str, Any]
    schema: str

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def files_of(self, days: Iterable[dt.date]) -> list[File]:
        """The files of some of the days."""
        wanted = {day.isoformat() for day in days}
        return [file for file in self.files if file.ds in wanted]

    @property
    def rows_by_day(self) -> Counter[dt.date]:
        """Rows of each day that has any."""
        counts: Counter[dt.date] = Counter()
        for file in self.files:
            counts[dt.date.fromisoformat(file.ds)] += file.rows
        return counts

    @property
    def files_by_day(self) -> dict[dt.date, list[str]]:
        """Names of the files of each day that has any, relative to the table."""
        names: dict[dt.date, list[str]] = {}
        for file in self.files:
            names.setdefault(dt.date.fromisoformat(file.ds), []).append(file.path)
        return names

    @property
    def dates(self) -> list[dt.date]:
        return [dt.date.fromisoformat(day) for day in self.days]

    @property
    def latest(self) -> dt.date:
        return max(self.dates)


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
        return {day: path.split(MADE_FROM)[1].split("/")[0] for day, path in paths.items() if MADE_FROM in path}

    def told(self, table: str, what: str) -> Any | None:
        """What the latest commit of the table that noted `what` said of it (see `write`); else None."""
        opened = self._open(table)
        return None if opened is None else next((told[what] for told in _notes(opened) if what in told), None)

    def files(self, table: str, days: Iterable[dt.date] | None = None) -> dict[dt.date, list[str]]:
        """Names of the live files of each day, relative to the table: what a day's rows depend on."""
        wanted = None if days is None else set(days)
        found: dict[dt.date, list[str]] = {}
        for action in self._actions(table):
            if wanted is None or action["partition.ds"] in wanted:
                found.setdefault(action["partition.ds"], []).append(action["path"])
        return {day: sorted(paths) for day, paths in sorted(found.items())}

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
        root = self._opened[table].table_uri.rstrip("/")
        paths = [f"{root}/{path}" for names in self.files(table, days).values() for path in names]
        return read_files(spark, schema, paths)

    def footers(self, table: str, days: Iterable[dt.date]) -> list[pq.FileMetaData]:
        """Footers of the live files of some days: counts, and each column's nulls and bounds."""
        if self._open(table) is None:
            return []
        fs, root = pafs.FileSystem.from_uri(self._opened[table].table_uri)
        return [_footer(fs, f"{root}/{path}") for paths in self.files(table, days).values() for path in paths]

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
        base = self._commit_counts(table, days)
        folder = f"{self.root}/{table}/{write_id}"
        shaped, parts = _parted(df, made_from)
        if len(days) > 1:  # one file a day, not one a day and task
            shaped = shaped.repartition(min(len(days), WRITERS), "day")
        (shaped.sortWithinPartitions("day", key).write.partitionBy(*parts)
         .option("maxRecordsPerFile", ROWS_PER_FILE).mode("error").parquet(folder))
        files = tuple(self._inspect(table, write_id))
        stray = sorted({file.ds for file in files} - set(days))
        if stray:
            raise Refused(f"{table}: rows of {', '.join(stray)} in a write that replaces "
                          f"{days[0]} to {days[-1]}. Nothing was committed.")
        return Written(table, write_id, self.run_id, tuple(days), files, base,
                       self.versions(), dict(note or {}), _packed(df.schema))

    def stage(self, written: Written) -> None:
        """Note a write for the audit, which may run in another process."""
        self.put_json(f"_staged/{written.run_id}/{written.table}.json", asdict(written))

    def staged(self, table: str) -> Written | None:
        """What this run has written to `table` and not yet committed."""
        raw = self.get_json(f"_staged/{self.run_id}/{table}.json")
        if raw is None:
            return None
        files = tuple(File(**file) for file in raw.pop("files"))
        return Written(**{**raw, "days": tuple(raw["days"]), "files": files})

    def unstage(self, table: str) -> None:
        """Forget a write that was committed."""
        path = f"{self._base}/_staged/{self.run_id}/{table}.json"
        if self.fs.get_file_info(path).type == pafs.FileType.File:
            self.fs.delete_file(path)

    def written_frame(self, spark: "SparkSession", written: Written,
                      days: Iterable[dt.date] | None = None) -> "DataFrame":
        """The rows of a write (of some days of it), read back from its own files: what the audit looks at."""
        files = written.files if days is None else written.files_of(days)
        paths = [f"{self.root}/{written.table}/{file.path}" for file in files]
        return read_files(spark, self.written_schema(written), paths)

    def written_schema(self, written: Written) -> pa.Schema:
        """The Arrow schema of a write, also of one without a row."""
        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(written.schema)))

    def written_footers(self, written: Written, days: Iterable[dt.date]) -> list[pq.FileMetaData]:
        """Footers of the files of some days of a write."""
        return [_footer(self.fs, f"{self._base}/{written.table}/{file.path}") for file in written.files_of(days)]

    def written_arrow(self, written: Written) -> pads.Dataset:
        """The rows of a write as an Arrow dataset."""
        paths = [f"{self._base}/{written.table}/{file.path}" for file in written.files]
        return pads.dataset(paths, schema=self.written_schema(written), format="parquet", filesystem=self.fs)

    def commit(self, written: Written) -> int:
        """Make a write readable, replacing its days, in one atomic transaction.

        Committing the same write twice does it once.

        Returns:
            The table's new version.

        Raises:
            Refused: another writer replaced one of the days since this write began.
        """
        table = self._latest(written.table)
        if table is not None and self._already_in(table, written):
            return table.version()
        self._refuse_if_changed(written)
        try:
            self._transact(table, written)
        except CommitFailedError as conflict:
            raise Refused(_changed(written, "while it was being committed")) from conflict
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

    # Inside

    def _open(self, table: str) -> DeltaTable | None:
        if table not in self._opened:
            opened = self._open_at(table)
            if opened is None:
                return None
            self._opened[table] = opened
        return self._opened[table]

    def _open_at(self, table: str) -> DeltaTable | None:
        if table in self.pins:
            pin = self.pins[table]
            return DeltaTable(f"{pin.root}/{table}", version=pin.version)
        return self._latest(table)

    def _pinned(self, table: str) -> DeltaTable:
        self.schema(table)
        return self._opened[table]

    def _latest(self, table: str) -> DeltaTable | None:
        try:
            return DeltaTable(f"{self.root}/{table}")
        except TableNotFoundError:
            return None

    def _actions(self, table: str) -> list[dict[str, Any]]:
        opened = self._open(table)
        return [] if opened is None else self._actions_of(opened)

    def _inspect(self, table: str, write_id: str) -> Iterable[File]:
        folder = f"{self._base}/{table}/{write_id}"
        for info in self.fs.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True)):
            if info.extension != "parquet":
                continue
            footer = _footer(self.fs, info.path)
            if footer.num_rows:
                day = info.path.split("/day=")[1].split("/")[0]
                path = info.path[len(f"{self._base}/{table}/"):]
                yield File(path, day, info.size, footer.num_rows)

    def _commit_counts(self, table: str, days: Iterable[str]) -> dict[str, int]:
        """How often each day has been committed. This is the clock that two writers race on."""
        latest = self._latest(table)
        if latest is None:
            return dict.fromkeys(days, 0)
        return {day: latest.transaction_version(f"{table}/ds={day}") or 0 for day in days}

    def _already_in(self, table: DeltaTable, written: Written) -> bool:
        return any(commit["write_id"] == written.write_id for commit in _notes(table))

    def _refuse_if_changed(self, written: Written) -> None:
        now = self._commit_counts(written.table, written.days)
        changed = [day for day in written.days if now[day] != written.base[day]]
        if changed:
            raise Refused(_changed(written, f"since it was written ({', '.join(changed[:3])})"))

    def _transact(self, table: DeltaTable | None, written: Written) -> None:
        actions = [_add_action(file) for file in written.files]
        properties = CommitProperties(
            custom_metadata={"vigil": json.dumps({"run_id": written.run_id, "write_id": written.write_id,
                                                  "inputs": written.inputs, **written.note}, default=str)},
            app_transactions=[Transaction(f"{written.table}/ds={day}", written.base[day] + 1)
                              for day in written.days],
            # A creator that comes second would otherwise try again as the next version, and add its rows.
            max_commit_retries=0 if table is None else None)
        if table is None:
            schema = Schema.from_arrow(self.written_schema(written))
            try:
                create_table_with_add_actions(f"{self.root}/{written.table}", schema, actions, mode="error",
                                              partition_by=["ds"], commit_properties=properties)
            except DeltaError as conflict:
                raise Refused(_changed(written, "while it was being created")) from conflict
            return
        schema = _widened(pa.schema(table.schema().to_arrow()), self.written_schema(written), written)
        table.create_write_transaction(actions, mode="overwrite", schema=schema, partition_by=["ds"],
                                       partition_filters=[("ds", "in", list(written.days))],
                                       commit_properties=properties)

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
        return live | {"_delta_log"} | {commit["write_id"] for commit in _notes(latest)}

    @staticmethod
    def _actions_of(table: DeltaTable) -> list[dict[str, Any]]:
        return pa.table(table.get_add_actions(flatten=True)).to_pylist()


def read_files(spark: "SparkSession", schema: pa.Schema, paths: Sequence[str]) -> "DataFrame":
    """Parquet files as a frame of the given schema; an empty frame where there are none."""
    from pyspark.sql.pandas.types import from_arrow_schema

    shape = from_arrow_schema(schema, prefer_timestamp_ntz=False)
    if not paths:
        return spark.createDataFrame([], shape)
    # Without recursiveFileLookup Spark would make a column of the folder names.
    return spark.read.schema(shape).option("recursiveFileLookup", "true").parquet(*paths)


def _parted(df: "DataFrame", made_from: Mapping[dt.date, str] | None) -> tuple["DataFrame", list[str]]:
    """The rows with the columns that become folders, and the names of these."""
    from pyspark.sql import functions as F

    dated = df.withColumn("day", df["ds"])
    if made_from is None:
        return dated, ["day"]
    words = F.create_map(*[F.lit(part) for pair in sorted(made_from.items()) for part in pair])
    return dated.withColumn("made_from", words[df["ds"]]), ["day", "made_from"]


def _footer(fs: pafs.FileSystem, path: str) -> pq.FileMetaData:
    with fs.open_input_file(path) as source:
        return pq.read_metadata(source)


def _packed(shape) -> str:
    """A Spark schema as an Arrow schema, as text for a note."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return base64.b64encode(to_arrow_schema(shape).serialize()).decode()


def _widened(before: pa.Schema, now: pa.Schema, written: Written) -> Schema:
    """The table's columns and those that a write adds.

    Raises:
        Refused: a column has changed its type: older files could not be read with it.
    """
    try:
        return Schema.from_arrow(pa.unify_schemas([before, now]))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        changed = [f"{name} is {now.field(name).type}, expected {before.field(name).type}" for name in now.names
                   if name in before.names and now.field(name).type != before.field(name).type]
        raise Refused(f"{written.table}, {written.days[-1]}: {'; '.join(changed)}. Nothing was committed. A column "
                      "keeps its type: give the new one another name, or begin a new lake (VIGIL_LAKE).") from None


def _notes(table: DeltaTable) -> Iterator[dict[str, Any]]:
    """What our commits told about themselves, the latest first."""
    return (json.loads(commit["vigil"]) for commit in table.history() if "vigil" in commit)


def _add_action(file: File) -> AddAction:
    # The count alone. Readers take an empty or partial list of smallest values for "no row is that large".
    stats = json.dumps({"numRecords": file.rows})
    return AddAction(file.path, file.bytes, {"ds": file.ds}, int(time.time() * 1000), True, stats)


def _changed(written: Written, when: str) -> str:
    return (f"{written.table}, {written.days[0]} to {written.days[-1]}: another writer replaced this day "
            f"{when}. Nothing of this run was committed; run the step again to take the new rows in.")
