"""The tables of a lake, opened by their logs and compared with their records (jobs/storage/table_records.py)."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

import pyarrow as pa
import pyarrow.fs as pafs
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from jobs.errors import DamagedStore
from jobs.runtime.plain_paths import delta_location
from jobs.storage import delta_log, table_records
from jobs.storage.delta_log import DeltaLog
from jobs.storage.json_files import JsonFiles
from jobs.storage.table_records import TableRecord


class TableLogs:
    """The logs of the tables below one root.

    Args:
        fs: the file system.
        base: path of the lake in it.
        root: folder or URL of the lake, for messages.
        files: the JSON files beside the tables.
    """

    def __init__(self, fs: pafs.FileSystem, base: str, root: str, files: JsonFiles):
        self._fs, self._base, self._root, self._files = fs, base, root, files

    def latest(self, table: str) -> DeltaTable | None:
        """Return the table as of its last commit; None where it was never committed.

        Raises:
            DamagedStore: its log is broken, or contradicts its record.
        """
        # The record is read first: another writer may commit in between, and a log never lags behind its record.
        record = self.known(table)
        opened = self._open(table)
        damage = None if record is None else table_records.fault(self._root, table, record, opened)
        if damage is not None:
            raise damage.error()
        return opened

    def known(self, table: str) -> TableRecord | None:
        """Return the record of a table; None where it was never committed."""
        return table_records.read(self._files, table) or self._of_run_manifests().get(table)

    def names(self) -> list[str]:
        """Return the names of the tables that are in this lake or have a record."""
        entries = self._fs.get_file_info(pafs.FileSelector(self._base, allow_not_found=True))
        names = (entry.base_name for entry in entries if entry.type == pafs.FileType.Directory)
        return sorted({name for name in names if name[0] not in "_."} | set(table_records.recorded(self._files))
                      | set(self._of_run_manifests()))

    def examined(self) -> Iterator[tuple[str, str | None]]:
        """Yield (table, message of its damage or None) of every table that is in the lake or has a record."""
        for name in self.names():
            try:
                if self.latest(name) is not None:
                    yield name, None
            except DamagedStore as damage:
                yield name, str(damage)

    def record(self, table: str, run_id: str) -> int:
        """Write the record of a table after a commit, and return the table's version."""
        self.complete(run_id)
        opened = self.latest(table)
        table_records.keep(self._files, table, self._record_of(table, opened, run_id))
        return opened.version()

    def complete(self, run_id: str) -> None:
        """Write a record for every table of a lake that is older than records."""
        if table_records.are_complete(self._files):
            return
        for name in self.names():
            record = self.known(name)
            with suppress(DamagedStore):
                opened = self.latest(name)
                record = self._record_of(name, opened, run_id) if opened else None
            if record is not None:
                table_records.keep(self._files, name, record)
        table_records.complete(self._files, run_id)

    def exists(self, path: str) -> bool:
        """Return whether a file or folder is in the lake."""
        return self._fs.get_file_info(f"{self._base}/{path}").type != pafs.FileType.NotFound

    def move(self, source: str, target: str) -> None:
        """Move a file or a folder of the lake, if it exists."""
        if not self.exists(source):
            return
        path = f"{self._base}/{source}"
        is_one_move = (isinstance(self._fs, pafs.LocalFileSystem)
                       or self._fs.get_file_info(path).type == pafs.FileType.File)
        # Object stores move no folders.
        files = [path] if is_one_move else [info.path for info in self._fs.get_file_info(
            pafs.FileSelector(path, recursive=True)) if info.type == pafs.FileType.File]
        for file in files:
            moved = f"{self._base}/{target}{file[len(path):]}"
            self._fs.create_dir(moved.rsplit("/", 1)[0])
            self._fs.move(file, moved)

    def log(self, table: str) -> DeltaLog:
        """Return the files of a table's log."""
        return DeltaLog(self._fs, f"{self._base}/{table}", self._root, table)

    def data_files(self, table: str) -> dict[str, int]:
        """Return the size of each Parquet file in a table's folder, live or not, by its path relative to the table."""
        folder = f"{self._base}/{table}/"
        entries = self._fs.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True))
        sizes = {info.path[len(folder):]: info.size for info in entries if info.extension == "parquet"}
        return {path: size for path, size in sizes.items() if not path.startswith(f"{delta_log.FOLDER}/")}

    def open_file(self, path: str) -> pa.NativeFile:
        """Open a file by its path relative to the lake, for reads at any position."""
        return self._fs.open_input_file(f"{self._base}/{path}")

    def _open(self, table: str) -> DeltaTable | None:
        try:
            return DeltaTable(delta_location(f"{self._root}/{table}"))
        except TableNotFoundError:
            return None
        except (DeltaError, OSError):
            for damage in self.log(table).faults():
                raise damage.error() from None
            raise

    def _record_of(self, table: str, opened: DeltaTable, run_id: str) -> TableRecord:
        return table_records.of_log(opened, run_id, self.log(table).commit_bytes)

    def _of_run_manifests(self) -> dict[str, TableRecord]:
        """Return records from run manifests, in a lake that is older than records."""
        return {} if table_records.are_complete(self._files) else self._manifests

    @cached_property
    def _manifests(self) -> dict[str, TableRecord]:
        return table_records.of_run_manifests(self._files)
