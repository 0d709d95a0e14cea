"""Table records: the latest known version of each table, stored outside its log. They reveal a lost log.

Without a record, a table without its log would look like a new table. Each commit writes `_tables/<table>.json` after
its entry in the log: a record may lag behind a log, and never leads. A lake older than records has run manifests
(`_runs/`), which are read until all of its tables have a record.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from jobs.errors import DamagedStore
from jobs.storage.faults import Fault, rebuild_table
from jobs.storage.json_files import JsonFiles

FOLDER = "_tables"
# Exists once every table has a record: from then on, a table without a record is new.
COMPLETE = f"{FOLDER}/_complete.json"


@dataclass(frozen=True)
class TableRecord:
    """A table as of one version.

    Attributes:
        days: number of days with rows.
        first_day, last_day: ISO dates; None where the table has no row.
        rows, table_id: None where the record comes from a run manifest.
        commit_bytes: size of each commit in the log, by its file's name.
    """

    version: int
    days: int
    first_day: str | None
    last_day: str | None
    run_id: str
    rows: int | None = None
    table_id: str | None = None
    commit_bytes: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = "" if self.rows is None else f"{self.rows:,} rows of "
        days = f"{self.days:,} days, {self.first_day} to {self.last_day}" if self.days > 1 else self.first_day
        return f"version {self.version} was known ({rows}{days or 'no day'}; run {self.run_id})"


def of_log(opened: DeltaTable, run_id: str, commit_bytes: Mapping[str, int]) -> TableRecord:
    """Return the record of a table from its log."""
    actions = pa.table(opened.get_add_actions(flatten=True))
    days = pc.unique(actions["partition.ds"]).to_pylist() if "partition.ds" in actions.column_names else []
    return TableRecord(opened.version(), len(days), _iso(min(days, default=None)), _iso(max(days, default=None)),
                       run_id, _rows(actions), str(opened.metadata().id), commit_bytes)


def path(table: str) -> str:
    """Return the path of a table's record, relative to the lake."""
    return f"{FOLDER}/{table}.json"


def read(files: JsonFiles, table: str) -> TableRecord | None:
    """Return the record of a table; None where it has none.

    Raises:
        DamagedStore: the file cannot be read as a record.
    """
    content = files.get(path(table))
    if content is None:
        return None
    try:
        return TableRecord(**content)
    except TypeError:
        raise files.fault(path(table), "is not a record of a table").error() from None


def keep(files: JsonFiles, table: str, record: TableRecord) -> None:
    """Write the record of a table, unless a record of a later version exists."""
    before = read(files, table)
    if before is None or before.version <= record.version:
        # A commit is never written again, so its first recorded size stays, while the commit is in the log.
        recorded_sizes = {} if before is None else before.commit_bytes
        commits = {name: recorded_sizes.get(name, size) for name, size in record.commit_bytes.items()}
        files.put(path(table), asdict(replace(record, commit_bytes=commits)))


def recorded(files: JsonFiles) -> list[str]:
    """Return the names of the tables with a record."""
    names = (name.split("/")[-1].removesuffix(".json") for name in files.names(FOLDER) if name != COMPLETE)
    return sorted(names)


def are_complete(files: JsonFiles) -> bool:
    """Return whether every table of the lake has a record."""
    return files.get(COMPLETE) is not None


def complete(files: JsonFiles, run_id: str) -> None:
    """Record that every table of the lake has a record."""
    files.put(COMPLETE, {"by": run_id})


def of_run_manifests(files: JsonFiles) -> dict[str, TableRecord]:
    """Return a record of each table in the run manifests, by its latest version. Row counts are unknown."""
    records: dict[str, TableRecord] = {}
    days: dict[str, set[str]] = {}
    for run_id, table, output in _outputs(files):
        days.setdefault(table, set()).update(output["days"])
        if table not in records or records[table].version <= output["version"]:
            records[table] = TableRecord(output["version"], 0, None, None, run_id)
    return {table: TableRecord(record.version, len(days[table]), min(days[table], default=None),
                               max(days[table], default=None), record.run_id) for table, record in records.items()}


def fault(root: str, table: str, record: TableRecord, opened: DeltaTable | None) -> Fault | None:
    """Return the contradiction between a table's log and its record; None where the two agree.

    Args:
        opened: the table at its latest version; None where there is no log.
    """
    file = f"{root}/{table}/_delta_log"
    if opened is None:
        return Fault(table, file, f"is gone; {record}", rebuild_table(root, table))
    if record.table_id not in (None, str(opened.metadata().id)):
        return Fault(table, file, f"is the log of another table; {record}", _accept(root, table))
    if opened.version() < record.version:
        return Fault(table, file, f"ends at version {opened.version()}; {record}. An older copy was put in its place",
                     _accept(root, table))
    return _changed(root, table, record, opened)


def _changed(root: str, table: str, record: TableRecord, opened: DeltaTable) -> Fault | None:
    """Return the fault of a log whose row count differs. A reader reports no error for a truncated commit."""
    if opened.version() != record.version or record.rows is None:
        return None
    rows = _rows(pa.table(opened.get_add_actions(flatten=True)))
    if rows == record.rows:
        return None
    return Fault(table, f"{root}/{table}/_delta_log", f"holds {rows:,} rows; {record}. A commit in it was changed",
                 rebuild_table(root, table))


def _accept(root: str, table: str) -> str:
    return (f"Restore the latest {root}/{table} from a backup, or go on with what is there: "
            f"make forget-table TABLE={table} KEEP=rows")


def _outputs(files: JsonFiles) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (run, table, version and days) of every table that a run committed. A broken manifest is left out."""
    for name in files.names("_runs"):
        with suppress(DamagedStore, AttributeError, KeyError):
            manifest = files.get(name)
            for table, output in manifest["outputs"].items():
                yield manifest["run_id"], table, {"version": int(output["version"]), "days": list(output["days"])}


def _rows(actions: pa.Table) -> int:
    return pc.sum(actions["num_records"]).as_py() or 0


def _iso(day: Any) -> str | None:
    return None if day is None else str(day)
