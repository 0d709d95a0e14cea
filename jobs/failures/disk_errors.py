"""What the disk said no to, as one sentence: it is full, a folder cannot be written, a file is where a folder is due.

Python, Spark, Sail, SQLite and Delta each report it in their own way.
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
# Packages whose errors quote what the disk said.
WRITERS = ("pyspark", "py4j", "grpc", "sqlite3", "sqlalchemy", "mlflow", "deltalake", "_internal", "pyarrow", "duckdb")
NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR,
           errno.ENAMETOOLONG)


def make_home(home: Path) -> None:
    """Make VIGIL_HOME where it is not there yet.

    Raises:
        UserError: it cannot be made, is no folder, or cannot be written.
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
    """Run the block.

    Raises:
        UserError: the disk said no to what the block did.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as failure:
        said = sentence(failure, load_settings())
        if said is None:
            raise
        raise UserError(said) from failure


def sentence(failure: BaseException, config: Settings) -> str | None:
    """What the disk said, where it lies behind an error; else None. Values that an error may quote are left out."""
    for cause in _causes(failure):
        if isinstance(cause, OSError) and cause.errno in NUMBERS:
            where = cause.filename2 or cause.filename or config.home
            return _said(Path(os.fsdecode(where)), os.strerror(cause.errno))
        quoted = str(cause) if isinstance(cause, OSError) or type(cause).__module__.startswith(WRITERS) else ""
        said = next((words for words in (*FULL, *CLOSED) if words in quoted), None)
        if said:
            return _said(config.home, said)
    return None


def _said(where: Path, words: str) -> str:
    if words in FULL:
        return (f"{where}: the disk is full ({words}). What was committed stands. Make room, or set VIGIL_HOME to a "
                "folder on a larger disk, then run it again.")
    return _closed(where, words)


def _closed(where: Path, words: str) -> str:
    return (f"{where}: {words}. Expected a folder that this user can read and write: give it to this user, or set "
            "VIGIL_HOME (or what was named: VIGIL_LANDING, VIGIL_LAKE, VIGIL_RAW) to another one.")


def _causes(failure: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        seen.add(id(failure))
        yield failure
        failure = failure.__cause__ or failure.__context__
