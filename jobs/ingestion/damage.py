"""Errors of damaged landed files, with messages that quote no value."""

import lzma
import os
import zlib

import pyarrow as pa

from features.inputs.contract import Table
from jobs.errors import UserError
from jobs.ingestion.data_file import DataFile

# Exceptions at reading a damaged file. Half a character of UTF-16 at a file's end is a ValueError.
DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, pa.ArrowException)


def unreadable(file: DataFile, table: Table, failure: BaseException) -> UserError:
    """Return the error for a file that cannot be opened or breaks off."""
    return UserError(f"{table.name}, {file.day}: {file.shown} cannot be read to its end: {_reason(file, failure)}. "
                     "Land it again, then run the day again.")


def unreadable_footer(file: DataFile, table: Table, failure: BaseException) -> UserError:
    """Return the error for a file that Arrow cannot read as Parquet."""
    return UserError(f"{table.name}, {file.day}: {file.shown} is not a readable Parquet file "
                     f"({str(failure).partition(chr(10))[0]}). Land it again.")


def _reason(file: DataFile, failure: BaseException) -> str:
    if isinstance(failure, FileNotFoundError):
        return "it is a link to nothing" if file.path.is_symlink() else "it is no longer there"
    if isinstance(failure, IsADirectoryError):
        return "it is a folder" if file.path.is_dir() else "it is no regular file"
    if isinstance(failure, OSError) and failure.errno:
        return os.strerror(failure.errno).lower()
    if file.format == "parquet":
        return "its parquet is damaged"
    if isinstance(failure, EOFError) or "Truncated" in str(failure):
        return f"its {file.compression or 'data'} breaks off"
    if isinstance(failure, UnicodeDecodeError):
        return "it breaks off within a character"
    return f"its {file.compression or file.format} is damaged"
