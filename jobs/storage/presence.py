"""Whether data files are there and as long as they should be, looked at before an engine reads them.

Sail leaves a file that is missing out without an error; Spark names a file, and not what it is part of.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import pyarrow.fs as pafs

from jobs.storage.faults import Fault


class SizedFile(Protocol):
    """A data file as a log or a write has it: path relative to its table, the day it holds, its size."""

    path: str
    ds: str
    bytes: int


def require_present(fs: pafs.FileSystem, folder: str, files: Sequence[SizedFile],
                    fault: Callable[[SizedFile, str], Fault]) -> None:
    """Look at the size of each file.

    Args:
        folder: path of the table.
        fault: makes a fault of a file and of what was found.

    Raises:
        DamagedStore: a file is missing, or shorter or longer than it was.
    """
    for file, size in zip(files, _sizes(fs, folder, files)):
        found = difference(file.bytes, size)
        if found:
            raise fault(file, found).error()


def difference(expected: int, size: int | None) -> str | None:
    """What is wrong with a file of some size; a file that is not there has none."""
    if size is None:
        return "is missing"
    return None if size == expected else f"has {size:,} bytes, {expected:,} were written"


def _sizes(fs: pafs.FileSystem, folder: str, files: Sequence[SizedFile]) -> list[int | None]:
    if isinstance(fs, pafs.LocalFileSystem):
        return [info.size for info in fs.get_file_info([f"{folder}/{file.path}" for file in files])]
    # An object store answers a listing of a thousand files as fast as a question about one.
    found = fs.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True))
    sizes = {info.path[len(folder) + 1:]: info.size for info in found}
    return [sizes.get(file.path) for file in files]
