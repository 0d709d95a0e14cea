"""One line about an exception, for the terminal, and all about it, for the log.

Messages of errors about a value quote it (docs/privacy.md). The line keeps what the program says and leaves out what
data may have said: quotations that are no file, long numbers, and whole messages of libraries that print rows.
"""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from jobs.settings import REPOSITORY

LONGEST = 300
DATA_ERROR = "22"  # class of the SQL states of errors that are about a value
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
LONG_NUMBER = re.compile(r"\d{4,}")
QUOTE_ROWS = ("pyarrow", "duckdb", "_duckdb")  # of these only the class of an error about data is told


def chain(failure: BaseException) -> Iterator[BaseException]:
    """An exception and those that led to it, the last one first."""
    seen: set[int] = set()
    each: BaseException | None = failure
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def summary(failure: BaseException) -> str:
    """Class, message and place of an exception in one line, without values."""
    message = _message(failure)
    where = place(failure)
    return (type(failure).__name__ + (f": {message}" if message else "") + (f" ({where})" if where else ""))[:LONGEST]


def details(failure: BaseException) -> str:
    """The whole traceback. Of a Spark error about a value the condition stands for the message."""
    told = "".join(traceback.format_exception(failure))
    for each in chain(failure):
        if _is_spark(each) and (each.getSqlState() or "").startswith(DATA_ERROR):
            for line in filter(None, map(str.strip, str(each).splitlines())):
                told = told.replace(line, _spark(each))
    return told


def place(failure: BaseException) -> str | None:
    """The last line of our own code that an exception went through."""
    frames = [frame for frame in traceback.extract_tb(failure.__traceback__)
              if Path(frame.filename).is_relative_to(REPOSITORY) and "/.venv/" not in frame.filename]
    return f"{Path(frames[-1].filename).relative_to(REPOSITORY)}:{frames[-1].lineno}" if frames else None


def _message(failure: BaseException) -> str:
    if _is_spark(failure):
        return _spark(failure)
    if isinstance(failure, OSError) and failure.filename is not None:
        return f"{failure.strerror}: {failure.filename}"
    lines = str(failure).strip().splitlines()
    module = type(failure).__module__.split(".")[0]
    if not lines or (module in QUOTE_ROWS and not isinstance(failure, OSError)):
        return ""
    line = QUOTED.sub(_quotation, lines[0])
    return LONG_NUMBER.sub("...", line) if isinstance(failure, ValueError | KeyError) else line


def _quotation(found: re.Match[str]) -> str:
    """A quotation, where it names a file that is there or a word of a program; else that there was one."""
    text = found[0]
    try:
        is_file = text[1:-1].startswith("/") and Path(text[1:-1]).exists()
    except (OSError, ValueError):
        is_file = False
    return text if is_file else f"{text[0]}...{text[-1]}"


def _is_spark(failure: BaseException) -> bool:
    return hasattr(failure, "getCondition") and hasattr(failure, "getSqlState")


def _spark(failure) -> str:
    """The name of a Spark error, which says what kind of thing went wrong."""
    code = getattr(failure, "getGrpcStatusCode", lambda: None)()
    told = [f"[{failure.getCondition()}]" if failure.getCondition() else "",
            f"SQLSTATE {failure.getSqlState()}" if failure.getSqlState() else "",
            code.name if code is not None and not failure.getCondition() else ""]
    return " ".join(filter(None, told))
