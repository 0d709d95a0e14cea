"""Checks that data files exist and have their recorded size, before an engine reads them.

Sail leaves out a missing file without an error. Spark's error names the file, and not its table and day.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import pyarrow.fs as pafs

from jobs.storage.faults import Fault


class SizedFile(Protocol):
    """A data file of a log or a write: path relative to its table, day of its rows, size."""

    path: str
    ds: str
    bytes: int


def require_present(fs: pafs.FileSystem, folder: str, files: Sequence[SizedFile],
                    fault: Callable[[SizedFile, str], Fault]) -> None:
    """Check the size of each file.

    Args:
        folder: path of the table.
        fault: makes a fault from a file and the text of the difference.

    Raises:
        DamagedStore: a file is missing, or shorter or longer than recorded.
    """
    for file, size in zip(files, _sizes(fs, folder, files)):
        size_difference = difference(file.bytes, size)
        if size_difference:
            raise fault(file, size_difference).error()


def difference(expected: int, size: int | None) -> str | None:
    """Return how a file's size differs from the expected size; None where it does not.

    Args:
        size: bytes of the file; None where the file is missing.
    """
    if size is None:
        return "is missing"
    return None if size == expected else f"has {size:,} bytes, {expected:,} were written"


def _sizes(fs: pafs.FileSystem, folder: str, files: Sequence[SizedFile]) -> list[int | None]:
    if isinstance(fs, pafs.LocalFileSystem):
        return [info.size for info in fs.get_file_info([f"{folder}/{file.path}" for file in files])]
    # An object store lists a thousand files as fast as it answers a question about one file.
    listing = fs.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True))
    sizes = {info.path[len(folder) + 1:]: info.size for info in listing}
    return [sizes.get(file.path) for file in files]
