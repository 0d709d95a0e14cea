"""JSON files beside the tables: run manifests, staged writes, validation results, records and checksums."""

import json
import shlex
import uuid
from collections.abc import Iterator
from typing import Any

import pyarrow.fs as pafs

from jobs.storage.faults import Fault

FOLDERS = ("_runs", "_staged", "_tables", "_checksums", "_validations")


class JsonFiles:
    """JSON files below the root of a lake.

    Args:
        fs: the file system.
        base: path of the lake in it.
        root: folder or URL of the lake, for messages.
    """

    def __init__(self, fs: pafs.FileSystem, base: str, root: str):
        self._fs, self._base, self._root = fs, base, root

    def put(self, path: str, content: Any) -> None:
        """Write a file atomically: a reader finds the complete file or none."""
        target = f"{self._base}/{path}"
        self._fs.create_dir(target.rsplit("/", 1)[0])
        temporary = f"{target}.{uuid.uuid4().hex}"
        with self._fs.open_output_stream(temporary) as out:
            out.write(json.dumps(content, indent=1, default=str).encode())
        self._fs.move(temporary, target)

    def get(self, path: str) -> Any | None:
        """Return the content of a file; None where there is no file.

        Raises:
            DamagedStore: the file is not JSON.
        """
        target = f"{self._base}/{path}"
        if self._fs.get_file_info(target).type != pafs.FileType.File:
            return None
        with self._fs.open_input_stream(target) as source:
            content = source.read()
        try:
            return json.loads(content)
        except ValueError:
            raise self.fault(path, f"is not JSON ({len(content):,} bytes)").error() from None

    def delete(self, path: str) -> None:
        """Delete a file, if it exists."""
        if self._fs.get_file_info(f"{self._base}/{path}").type == pafs.FileType.File:
            self._fs.delete_file(f"{self._base}/{path}")

    def names(self, folder: str) -> Iterator[str]:
        """Return the paths of the JSON files at any depth of a folder, relative to the lake, in order."""
        selector = pafs.FileSelector(f"{self._base}/{folder}", recursive=True, allow_not_found=True)
        entries = self._fs.get_file_info(selector)
        return (entry.path[len(self._base) + 1:] for entry in sorted(entries, key=lambda entry: entry.path)
                if entry.type == pafs.FileType.File and entry.extension == "json")

    def fault(self, path: str, found: str) -> Fault:
        """Return the fault of a file that cannot be used."""
        part, mend = _part_and_mend(path, f"{self._root}/{path}")
        return Fault(part, f"{self._root}/{path}", found, mend)


def _part_and_mend(path: str, file: str) -> tuple[str, str]:
    """Return the run or table to which a file belongs, and how the file is mended."""
    folder, *_, name = path.removesuffix(".json").split("/")
    again = f"Restore it from a backup, or delete it: {shlex.join(['rm', file])}"
    run = path.split("/")[1].removesuffix(".json")
    match folder:
        case "_runs":
            return f"run {run}", f"{again}. Without it the run cannot be replayed; its tables stay as they are."
        case "_staged":
            return (f"{name}, run {run}", "It is a write that was not committed. Run the day again, as a new run: "
                                          "make nightly DS=<day>. Vacuum deletes the file after a day.")
        case "_tables":
            return f"{name}, its table record", f"{again}. The next commit of {name} writes it again."
        case "_checksums":
            return f"{run}, checksums of write {name}", f"{again}. Without it these files are checked by size alone."
    return f"validation results, {path.split('/')[1]}", f"{again}. Only `make sql` reads it."
