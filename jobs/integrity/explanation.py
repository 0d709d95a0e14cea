"""Why a step failed, where something stored is damaged: one sentence instead of a traceback.

What the failure names is looked at first, then what is cheap to look at. Files are read only as long as a person
would wait.
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
    """Why a step failed: as it says itself, else what is damaged, else the class and message of the exception."""
    if isinstance(failure, UserError):
        return str(failure)
    return explain(failure, config) or summary(failure)


def explain(failure: BaseException, config: Settings) -> str | None:
    """What is damaged, or what a disk lacks, and what mends it; None where nothing of that kind is found."""
    try:
        found = list(islice(dict.fromkeys(_reasons(failure, config)), SHOWN + 1))
    except UserError as damage:
        return str(damage)
    except Exception:  # a second failure must not hide the first
        return None
    if len(found) > 1:
        return f"{found[0]} (and {'more' if len(found) > SHOWN else len(found) - 1} besides: make check-lake)"
    return found[0] if found else None


def _reasons(failure: BaseException, config: Settings) -> Iterator[str]:
    yield from _disk(failure, config)
    if any(type(each).__module__.split(".")[0] in DATABASE_MODULES for each in chain(failure)):
        yield from database_check.faults(config, whole=False)
    lake = Lake(config.lake)
    tables = lake.logs.names()
    named = [table for table in tables if any(_names(each, table) for each in chain(failure))]
    ordered = [*named, *(table for table in tables if table not in named)]
    yield from json_check.faults(lake, ("_tables", "_staged", "_runs"))
    yield from staged_check.faults(lake)
    yield from _faults(lake, ordered, Extent(Depth.SIZES))
    yield from _faults(lake, ordered, Extent(Depth.CHECKSUMS, until=time.monotonic() + SECONDS))


def _faults(lake: Lake, tables: Iterable[str], extent: Extent) -> Iterator[str]:
    for table in tables:
        yield from table_check.faults(lake, table, extent)


def _names(failure: BaseException, table: str) -> bool:
    """Whether a message names a file of the table."""
    return re.search(rf"/{re.escape(table)}/", str(failure)) is not None


def _disk(failure: BaseException, config: Settings) -> Iterator[str]:
    for each in chain(failure):
        number = each.errno if isinstance(each, OSError) else None
        where = _folder(each, config)
        if number in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(each):
            free = ""
            with suppress(OSError):
                free = f" ({shutil.disk_usage(where).free / 1e9:.2f} GB are free)"
            yield (f"{where}: no space is left on its disk{free}. Make room, or set VIGIL_HOME to a folder on a larger "
                   "disk, then run the day again")
            return
        if number in NOT_WRITABLE and isinstance(each, OSError) and each.filename is not None:
            yield f"{each.filename}: {each.strerror}. Expected it to be open to this user; mend its permissions"
            return


def _folder(failure: BaseException, config: Settings) -> Path:
    """The folder that a failure is about."""
    name = getattr(failure, "filename", None)
    folder = Path(name).parent if isinstance(name, str) else config.home
    while not folder.exists():
        folder = folder.parent
    return folder
