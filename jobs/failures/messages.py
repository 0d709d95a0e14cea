"""An exception as one line for the terminal, and with its traceback for the log.

An error about a value quotes the value (docs/privacy.md). The line keeps words of the program and leaves out possible
data: quotations that are no file, long numbers, and messages of libraries that print rows.
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
QUOTE_ROWS = ("pyarrow", "duckdb", "_duckdb")  # the line has only the class of their errors about data


def chain(failure: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, the exception first."""
    visited: set[int] = set()
    cause: BaseException | None = failure
    while cause is not None and id(cause) not in visited:
        visited.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def summary(failure: BaseException) -> str:
    """Return class, message and code line of an exception in one line, without values."""
    message = _message(failure)
    where = place(failure)
    return (type(failure).__name__ + (f": {message}" if message else "") + (f" ({where})" if where else ""))[:LONGEST]


def details(failure: BaseException) -> str:
    """Return the traceback. The message of a Spark error about a value is replaced by its condition."""
    text = "".join(traceback.format_exception(failure))
    for cause in chain(failure):
        if _is_spark(cause) and (cause.getSqlState() or "").startswith(DATA_ERROR):
            for line in filter(None, map(str.strip, str(cause).splitlines())):
                text = text.replace(line, _spark(cause))
    return text


def place(failure: BaseException) -> str | None:
    """Return the last line of Vigil's code that an exception passed; None where it passed none."""
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


def _quotation(match: re.Match[str]) -> str:
    """Return a quotation that names an existing file as it is; replace any other by `...` in its quotes."""
    text = match[0]
    try:
        is_file = text[1:-1].startswith("/") and Path(text[1:-1]).exists()
    except (OSError, ValueError):
        is_file = False
    return text if is_file else f"{text[0]}...{text[-1]}"


def _is_spark(failure: BaseException) -> bool:
    return hasattr(failure, "getCondition") and hasattr(failure, "getSqlState")


def _spark(failure) -> str:
    """Return the condition, SQL state and status code of a Spark error, without its message."""
    code = getattr(failure, "getGrpcStatusCode", lambda: None)()
    parts = [f"[{failure.getCondition()}]" if failure.getCondition() else "",
             f"SQLSTATE {failure.getSqlState()}" if failure.getSqlState() else "",
             code.name if code is not None and not failure.getCondition() else ""]
    return " ".join(filter(None, parts))
