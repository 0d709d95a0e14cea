"""Disk errors as one sentence: the disk is full, a folder cannot be written, a file is in the place of a folder.

Python, Spark, Sail, SQLite and Delta each report these errors in their own way.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import UserError
from jobs.settings import Settings, load_settings

FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full", "File too large")
CLOSED = ("Permission denied", "Read-only file system", "Operation not permitted", "readonly database",
          "unable to open database file", "Mkdirs failed to create", "Not a directory")
# Packages whose errors quote the message of the disk error.
WRITERS = ("pyspark", "py4j", "grpc", "sqlite3", "sqlalchemy", "mlflow", "deltalake", "_internal", "pyarrow", "duckdb")
NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR,
           errno.ENAMETOOLONG)


def make_home(home: Path) -> None:
    """Create VIGIL_HOME where it does not exist.

    Raises:
        UserError: VIGIL_HOME cannot be created, is no folder, or cannot be written.
    """
    if home.exists() and not home.is_dir():
        raise UserError(f"VIGIL_HOME={home} is a file. Expected a folder that can be written: "
                        "VIGIL_HOME=<folder> make nightly")
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise UserError(_closed(home, failure.strerror or str(failure))) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise UserError(_closed(home, "it cannot be written"))


@contextmanager
def disk_errors_refused() -> Iterator[None]:
    """Run the block, and turn a disk error into a `UserError`.

    Raises:
        UserError: the block failed with a disk error.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as failure:
        message = sentence(failure, load_settings())
        if message is None:
            raise
        raise UserError(message) from failure


def sentence(failure: BaseException, config: Settings) -> str | None:
    """Return the disk error behind an exception as one sentence without values; None where no disk error is."""
    for cause in _causes(failure):
        if isinstance(cause, OSError) and cause.errno in NUMBERS:
            where = cause.filename2 or cause.filename or config.home
            return _message(Path(os.fsdecode(where)), os.strerror(cause.errno))
        quoted = str(cause) if isinstance(cause, OSError) or type(cause).__module__.startswith(WRITERS) else ""
        disk_error = next((text for text in (*FULL, *CLOSED) if text in quoted), None)
        if disk_error:
            return _message(config.home, disk_error)
    return None


def _message(where: Path, disk_error: str) -> str:
    if disk_error in FULL:
        return (f"{where}: the disk is full ({disk_error}). Committed tables stay as they are. Make room, or set "
                "VIGIL_HOME to a folder on a larger disk, then run it again.")
    return _closed(where, disk_error)


def _closed(where: Path, disk_error: str) -> str:
    return (f"{where}: {disk_error}. Expected a folder that this user can read and write: give it to this user, or set "
            "VIGIL_HOME (or the variable of the folder: VIGIL_LANDING, VIGIL_LAKE, VIGIL_RAW) to another one.")


def _causes(failure: BaseException | None) -> Iterator[BaseException]:
    visited: set[int] = set()
    while failure is not None and id(failure) not in visited:
        visited.add(id(failure))
        yield failure
        failure = failure.__cause__ or failure.__context__
