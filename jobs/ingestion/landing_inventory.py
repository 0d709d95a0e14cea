"""Inventory of the landing folder: the data files of each table and day, and the left-out entries with reasons.

One rule holds for every entry of a day folder. A readable file whose name has a known ending is read. Any other entry
is left out and logged: names that begin with `.` or `_`, other endings, folders, links to nothing, unreadable files.
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
    """An entry of the landing folder that is not read, with the reason."""

    where: str
    name: str
    reason: str


@dataclass(frozen=True)
class Inventory:
    """The landing folder at the time of the listing.

    Attributes:
        files: data files by table and day, in order of their names. A table day without files is left out.
        left_out: every other entry. `where` is the table, or empty for an entry beside the tables.
    """

    files: Mapping[TableDay, tuple[DataFile, ...]]
    left_out: tuple[LeftOut, ...]

    @cached_property
    def days(self) -> list[dt.date]:
        """Every day on which a file of any table landed, in order."""
        return sorted({day for _, day in self.files})

    def until(self, last: dt.date) -> "Inventory":
        """Return the inventory without the days after `last`."""
        return replace(self, files={table_day: files for table_day, files in self.files.items()
                                    if table_day[1] <= last})

    def of(self, table: str, days: Iterable[dt.date]) -> list[DataFile]:
        """Return a table's files of some days."""
        return [file for day in sorted(days) for file in self.files.get((table, day), ())]

    def named_left_out(self) -> list[str]:
        """Return a sentence for each table and reason of left-out entries, with the first names."""
        counts = Counter((entry.where, entry.reason) for entry in self.left_out)
        return [self._sentence(where, reason, count) for (where, reason), count in sorted(counts.items())]

    def _sentence(self, where: str, reason: str, count: int) -> str:
        names = sorted({entry.name for entry in self.left_out if (entry.where, entry.reason) == (where, reason)})
        shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
        return f"{where or 'landing'}: left out {count} ({shown}): {reason}"


def list_landing(landing: Path) -> Inventory:
    """Return the files of every input table and day.

    Raises:
        UserError: a day folder's name is no day, or a folder cannot be listed.
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
            day_files = _data_files(folder.name, day_folder, day, left_out)
            # ds=20261120 and ds=2026-11-20 may both exist, and are one day.
            if all_files := (*files.get((folder.name, day), ()), *day_files):
                files[folder.name, day] = all_files
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
    similar = [table for table in TABLES if table.rstrip("s") == entry.name.lower().rstrip("s")]
    return f"no input table has this name (meant is {similar[0]}?)" if similar else "no input table has this name"


def _day_of(table: str, entry: Path, left_out: list[LeftOut]) -> dt.date | None:
    """Return the day of a folder; None where the entry is no day folder.

    Raises:
        UserError: the name begins like a day's and the entry is no day folder. Its rows would be lost silently.
    """
    if entry.name.startswith((".", "_")):
        left_out.append(LeftOut(table, entry.name, _why_no_table(entry)))
        return None
    match = DAY_FOLDER.fullmatch(entry.name)
    try:
        day = dt.date.fromisoformat(match[1]) if match else None
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
    files = []
    for entry in _entries(folder):
        if entry.name.startswith((".", "_")):
            left_out.append(LeftOut(table, entry.name, _why_no_table(entry)))
        elif (file := data_file(entry, day)) and not (fault := _fault(entry)):
            files.append(file)
        else:
            left_out.append(LeftOut(table, entry.name, fault if file else _why_no_data(entry)))
    return tuple(files)


def _fault(entry: Path) -> str | None:
    """Return why an entry with the name of a data file cannot be read; None where it can."""
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
