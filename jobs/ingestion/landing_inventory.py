"""What lies in the landing folder: the data files of each table and day, and what was left out, with the reason.

One rule for every entry of a day folder. A readable file whose name has a known ending is read. Anything else is left
out and named: marks that begin with `.` or `_`, other endings, folders, links to nothing, files that cannot be opened.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from features.inputs.tables import TABLES
from jobs.errors import UserError
from jobs.ingestion.data_file import DataFile, data_file

DAY_FOLDER = re.compile(r"ds=(\d{4}-\d{2}-\d{2}|\d{8})", re.IGNORECASE)
NAMES_SHOWN = 3

TableDay = tuple[str, dt.date]


@dataclass(frozen=True)
class LeftOut:
    """An entry of the landing folder that is not read, and why."""

    where: str
    name: str
    reason: str


@dataclass(frozen=True)
class Inventory:
    """The landing folder as it was when it was listed.

    Attributes:
        files: data files by table and day, in order of their names; only where there are any.
        left_out: every other entry; `where` is the table, or empty for one beside the tables.
    """

    files: Mapping[TableDay, tuple[DataFile, ...]]
    left_out: tuple[LeftOut, ...]

    @cached_property
    def days(self) -> list[dt.date]:
        """Every day on which a file of any table landed, in order."""
        return sorted({day for _, day in self.files})

    def until(self, last: dt.date) -> "Inventory":
        """The same without the days after `last`."""
        return replace(self, files={place: files for place, files in self.files.items() if place[1] <= last})

    def of(self, table: str, days: Iterable[dt.date]) -> list[DataFile]:
        """A table's files of some days."""
        return [file for day in sorted(days) for file in self.files.get((table, day), ())]

    def named_left_out(self) -> list[str]:
        """A sentence for each table and reason, with the first names."""
        counts = Counter((entry.where, entry.reason) for entry in self.left_out)
        return [self._sentence(where, reason, count) for (where, reason), count in sorted(counts.items())]

    def _sentence(self, where: str, reason: str, count: int) -> str:
        names = sorted({each.name for each in self.left_out if (each.where, each.reason) == (where, reason)})
        shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
        return f"{where or 'landing'}: left out {count} ({shown}): {reason}"


def list_landing(landing: Path) -> Inventory:
    """The files of every input table and day.

    Raises:
        UserError: a day folder's name is no day, or what lies there cannot be listed or opened.
    """
    files: dict[TableDay, tuple[DataFile, ...]] = {}
    left_out: list[LeftOut] = []
    for folder in _entries(landing):
        if folder.name not in TABLES:
            left_out.append(LeftOut("", folder.name, _why_no_table(folder)))
            continue
        for day_folder in _entries(folder):
            day = _day_of(folder.name, day_folder, left_out)
            if day is None:
                continue
            found = _data_files(folder.name, day_folder, day, left_out)
            if together := (*files.get((folder.name, day), ()), *found):  # ds=20261120 lies beside ds=2026-11-20
                files[folder.name, day] = together
    return Inventory(files, tuple(left_out))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.exists() else []
    except OSError as failure:
        raise UserError(f"{folder}: cannot be listed ({failure.strerror}). Expected a folder; mend its mode or "
                        "move it away, then run the day again.") from failure


def _why_no_table(entry: Path) -> str:
    if entry.name.startswith((".", "_")):
        return "a name that begins with . or _ marks something and holds no rows"
    meant = [table for table in TABLES if table.rstrip("s") == entry.name.lower().rstrip("s")]
    return f"no input table has this name (meant is {meant[0]}?)" if meant else "no input table has this name"


def _day_of(table: str, entry: Path, left_out: list[LeftOut]) -> dt.date | None:
    """The day of a folder; None where the entry is none of a table's days.

    Raises:
        UserError: it is called like a day, and is none: its rows would be lost without a word.
    """
    if entry.name.startswith((".", "_")):
        left_out.append(LeftOut(table, entry.name, _why_no_table(entry)))
        return None
    found = DAY_FOLDER.fullmatch(entry.name)
    try:
        day = dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        day = None
    if day and entry.is_dir():
        return day
    if entry.name.lower().startswith("ds="):
        raise UserError(f"{table}: {entry} is no folder of a day. Expected a folder ds=YYYY-MM-DD; rename it or move "
                        "it away, then run the day again.")
    left_out.append(LeftOut(table, entry.name, "not in a folder ds=YYYY-MM-DD"))
    return None


def _data_files(table: str, folder: Path, day: dt.date, left_out: list[LeftOut]) -> tuple[DataFile, ...]:
    found = []
    for entry in _entries(folder):
        if entry.name.startswith((".", "_")):
            left_out.append(LeftOut(table, entry.name, _why_no_table(entry)))
        elif (file := data_file(entry, day)) and not (fault := _fault(entry)):
            found.append(file)
        else:
            left_out.append(LeftOut(table, entry.name, fault if file else _why_no_data(entry)))
    return tuple(found)


def _fault(entry: Path) -> str | None:
    """Why an entry that is called like data cannot be read; None where it can."""
    if entry.is_dir():
        return "it is a folder, where a file is expected"
    if not entry.exists():
        return "it is a link to nothing"
    if not entry.is_file():
        return "it is no regular file"
    try:
        entry.open("rb").close()
    except OSError as failure:
        return f"it cannot be opened ({failure.strerror})"
    return None


def _why_no_data(entry: Path) -> str:
    if entry.is_dir():
        return "a folder within a day is not read"
    return "its ending is none of .parquet, .csv, .jsonl, .json, .ndjson, the texts also with .gz, .bz2, .xz or .zst"
