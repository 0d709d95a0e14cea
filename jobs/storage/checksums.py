"""Checksums of data files, computed from the bytes right after the write and stored at the commit.

`_checksums/<table>/<write_id>.json` maps the path of each file of a write to its size, rows and SHA-256.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from jobs.storage.json_files import JsonFiles

FOLDER = "_checksums"
CHUNK_BYTES = 4 << 20


@dataclass(frozen=True)
class Checksum:
    """Size, rows and SHA-256 of a file when it was written."""

    bytes: int
    rows: int
    sha256: str


def sha256(source: pa.NativeFile) -> str:
    """Return the SHA-256 of a file as hex digits. The file stays open."""
    source.seek(0)
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def rows_and_sha256(fs: pafs.FileSystem, path: str) -> tuple[int, str]:
    """Return rows and SHA-256 of a Parquet file, which is opened once.

    Raises:
        OSError, pyarrow.ArrowException: the file is no Parquet file.
    """
    with fs.open_input_file(path) as source:
        return pq.read_metadata(source).num_rows, sha256(source)


def path(table: str, write_id: str) -> str:
    """Return the path of a write's checksums, relative to the lake."""
    return f"{FOLDER}/{table}/{write_id}.json"


def keep(files: JsonFiles, table: str, write_id: str, checksums: Mapping[str, Checksum]) -> None:
    """Write the checksums of a write. Keys are file paths relative to the table."""
    if checksums:
        files.put(path(table, write_id), {name: [c.bytes, c.rows, c.sha256] for name, c in sorted(checksums.items())})


def of_table(files: JsonFiles, table: str, write_ids: Iterable[str]) -> dict[str, Checksum]:
    """Return the stored checksums of some writes of a table, by file path.

    Raises:
        DamagedStore: a file of checksums is broken.
    """
    stored: dict[str, Checksum] = {}
    for write_id in write_ids:
        content = files.get(path(table, write_id)) or {}
        try:
            stored |= {name: Checksum(*values) for name, values in content.items()}
        except (AttributeError, TypeError):
            raise files.fault(path(table, write_id), "is not a list of checksums").error() from None
    return stored


def forget_unless(files: JsonFiles, table: str, has_files: Callable[[str], bool]) -> list[str]:
    """Delete the checksums of writes without a file, and return their paths, relative to the lake."""
    names = list(files.names(f"{FOLDER}/{table}"))
    obsolete = [name for name in names if not has_files(name.split("/")[-1].removesuffix(".json"))]
    for name in obsolete:
        files.delete(name)
    return obsolete
