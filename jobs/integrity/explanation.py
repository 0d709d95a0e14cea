"""Explanation of a failed step by damaged stored files: one sentence instead of a traceback.

Tables that the failure names are checked first, then the cheap checks run. Files are read for `SECONDS` at most, since
a person waits.
"""

import errno
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from jobs.errors import UserError
from jobs.failures.messages import chain, summary
from jobs.integrity import database_check, json_check, staged_check, table_check
from jobs.integrity.table_check import Depth, Extent
from jobs.settings import Settings
from jobs.storage.lake import Lake

SECONDS = 30.0  # for reading files after a failure
SHOWN = 3
DATABASE_MODULES = frozenset({"sqlite3", "sqlalchemy", "mlflow", "alembic"})
NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def reason(failure: BaseException, config: Settings) -> str:
    """Return why a step failed: the message of a `UserError`, else the damage, else the exception's summary."""
    if isinstance(failure, UserError):
        return str(failure)
    return explain(failure, config) or summary(failure)


def explain(failure: BaseException, config: Settings) -> str | None:
    """Return the damage or disk error behind a failure, with the command that mends it; None where there is none."""
    try:
        reasons = list(islice(dict.fromkeys(_reasons(failure, config)), SHOWN + 1))
    except UserError as damage:
        return str(damage)
    except Exception:  # a second failure must not hide the first
        return None
    if len(reasons) > 1:
        return f"{reasons[0]} (and {'more' if len(reasons) > SHOWN else len(reasons) - 1} besides: make check-lake)"
    return reasons[0] if reasons else None


def _reasons(failure: BaseException, config: Settings) -> Iterator[str]:
    yield from _disk(failure, config)
    if any(type(cause).__module__.split(".")[0] in DATABASE_MODULES for cause in chain(failure)):
        yield from database_check.faults(config, check_indexes=False)
    lake = Lake(config.lake)
    tables = lake.logs.names()
    named = [table for table in tables if any(_names(cause, table) for cause in chain(failure))]
    ordered = [*named, *(table for table in tables if table not in named)]
    yield from json_check.faults(lake, ("_tables", "_staged", "_runs"))
    yield from staged_check.faults(lake)
    yield from _faults(lake, ordered, Extent(Depth.SIZES))
    yield from _faults(lake, ordered, Extent(Depth.CHECKSUMS, until=time.monotonic() + SECONDS))


def _faults(lake: Lake, tables: Iterable[str], extent: Extent) -> Iterator[str]:
    for table in tables:
        yield from table_check.faults(lake, table, extent)


def _names(failure: BaseException, table: str) -> bool:
    """Return whether a message names a file of the table."""
    return re.search(rf"/{re.escape(table)}/", str(failure)) is not None


def _disk(failure: BaseException, config: Settings) -> Iterator[str]:
    for cause in chain(failure):
        number = cause.errno if isinstance(cause, OSError) else None
        where = _folder(cause, config)
        if number in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(cause):
            free = ""
            with suppress(OSError):
                free = f" ({shutil.disk_usage(where).free / 1e9:.2f} GB are free)"
            yield (f"{where}: no space is left on its disk{free}. Make room, or set VIGIL_HOME to a folder on a larger "
                   "disk, then run the day again")
            return
        if number in NOT_WRITABLE and isinstance(cause, OSError) and cause.filename is not None:
            yield f"{cause.filename}: {cause.strerror}. Expected it to be open to this user; mend its permissions"
            return


def _folder(failure: BaseException, config: Settings) -> Path:
    """Return the existing folder of the file that a failure names, else VIGIL_HOME."""
    name = getattr(failure, "filename", None)
    folder = Path(name).parent if isinstance(name, str) else config.home
    while not folder.exists():
        folder = folder.parent
    return folder
