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
        root: the lake as people name it, for messages.
    """

    def __init__(self, fs: pafs.FileSystem, base: str, root: str):
        self._fs, self._base, self._root = fs, base, root

    def put(self, path: str, content: Any) -> None:
        """Write a file atomically: it is there whole, or not at all."""
        target = f"{self._base}/{path}"
        self._fs.create_dir(target.rsplit("/", 1)[0])
        temporary = f"{target}.{uuid.uuid4().hex}"
        with self._fs.open_output_stream(temporary) as out:
            out.write(json.dumps(content, indent=1, default=str).encode())
        self._fs.move(temporary, target)

    def get(self, path: str) -> Any | None:
        """The content of a file; None where there is none.

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
        """Delete a file, where it is there."""
        if self._fs.get_file_info(f"{self._base}/{path}").type == pafs.FileType.File:
            self._fs.delete_file(f"{self._base}/{path}")

    def names(self, folder: str) -> Iterator[str]:
        """Paths of the JSON files at any depth of a folder, relative to the lake, in order."""
        selector = pafs.FileSelector(f"{self._base}/{folder}", recursive=True, allow_not_found=True)
        found = self._fs.get_file_info(selector)
        return (file.path[len(self._base) + 1:] for file in sorted(found, key=lambda file: file.path)
                if file.type == pafs.FileType.File and file.extension == "json")

    def fault(self, path: str, found: str) -> Fault:
        """What to say of a file that cannot be used."""
        part, mend = _part_and_mend(path, f"{self._root}/{path}")
        return Fault(part, f"{self._root}/{path}", found, mend)


def _part_and_mend(path: str, file: str) -> tuple[str, str]:
    """What a file is part of, and how it is mended."""
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
            return f"{name}, record of what is known of it", f"{again}. The next commit of {name} writes it again."
        case "_checksums":
            return f"{run}, checksums of write {name}", f"{again}. Without it these files are checked by size alone."
    return f"validation results, {path.split('/')[1]}", f"{again}. Only `make sql` reads it."
