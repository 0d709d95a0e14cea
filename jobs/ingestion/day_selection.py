"""Selection of the table days that a run ingests.

A run ingests the requested days, and every earlier day of a table that has input and no log entry. A requested day
whose input is unchanged since its log entry is skipped. Earlier days whose input changed are logged, not read.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jobs.ingestion.ingest_log import LogEntry
from jobs.ingestion.input_fingerprint import listing
from jobs.ingestion.landing_inventory import Inventory, TableDay

Log = Mapping[TableDay, LogEntry]


@dataclass(frozen=True)
class RequestedRange:
    """The requested days, from `first` to `last`."""

    first: dt.date
    last: dt.date

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Selection:
    """The selected days of each table.

    Attributes:
        chosen: table days to ingest.
        withdrawn: chosen table days without input now. Their rows leave the lake.
        changed: table days before the requested range whose input changed since they were ingested.
        skipped: requested table days whose input is unchanged.
    """

    chosen: frozenset[TableDay]
    withdrawn: frozenset[TableDay] = frozenset()
    changed: frozenset[TableDay] = frozenset()
    skipped: frozenset[TableDay] = frozenset()

    @property
    def by_table(self) -> dict[str, list[dt.date]]:
        """Chosen days of each table, in order."""
        days: dict[str, list[dt.date]] = {}
        for table, day in sorted(self.chosen):
            days.setdefault(table, []).append(day)
        return days


@dataclass(frozen=True)
class StoredRows:
    """Row counts of a lake. They differ from the log where a table was lost.

    Attributes:
        events: rows of each event table and day.
        quarantine_days: days with quarantined rows.
        repetition_days: days with repetitions.
    """

    events: Mapping[TableDay, int]
    quarantine_days: frozenset[dt.date] = frozenset()
    repetition_days: frozenset[dt.date] = frozenset()

    def lacks(self, entry: LogEntry) -> bool:
        """Return whether rows of a log entry are not in the lake.

        A partition of `quarantine` or `repetitions` has the rows of every table: it is whole, or it is gone.
        """
        return (entry.kept != self.events.get(entry.table_day, 0)
                or (entry.quarantined > 0 and entry.ds not in self.quarantine_days)
                or (entry.dropped > 0 and entry.ds not in self.repetition_days))


def from_landing(inventory: Inventory, log: Log, stored: StoredRows, requested: RequestedRange,
                 fingerprint: Callable[[TableDay], str]) -> Selection:
    """Return the selection over a landing folder.

    Args:
        fingerprint: returns the input fingerprint of a table day. Each call reads the day's files.
    """
    lost = {table_day for table_day, entry in log.items() if stored.lacks(entry)}
    new = {table_day for table_day in inventory.files if table_day not in log or table_day in lost}
    wanted = {table_day for table_day in inventory.files if table_day[1] in requested}
    skipped = {table_day for table_day in wanted - new if log[table_day].input == fingerprint(table_day)}
    withdrawn = {table_day for table_day in {*log, *stored.events} - set(inventory.files)
                 if table_day[1] in requested and table_day[1] in inventory.days and _has_rows(table_day, log, stored)}
    changed = {table_day for table_day, files in inventory.files.items()
               if table_day not in new | wanted and log[table_day].files not in (None, listing(files))}
    return Selection(frozenset(new | (wanted - skipped) | withdrawn), frozenset(withdrawn), frozenset(changed),
                     frozenset(skipped))


def from_selects(counts: Mapping[TableDay, int], log: Log, stored: StoredRows, requested: RequestedRange) -> Selection:
    """Return the selection over a folder of SELECTs. Every requested day is read: a SELECT has no fingerprint.

    Args:
        counts: rows of each table's SELECT for each day.
    """
    lost = {table_day for table_day, entry in log.items() if stored.lacks(entry)}
    new = {table_day for table_day in counts if table_day not in log or table_day in lost}
    wanted = {table_day for table_day in counts if table_day[1] in requested}
    withdrawn = {table_day for table_day in {*log, *stored.events} - set(counts)
                 if table_day[1] in requested and _has_rows(table_day, log, stored)}
    changed = {table_day for table_day, count in counts.items()
               if table_day not in new | wanted and log[table_day].rows_in != count}
    return Selection(frozenset(new | wanted | withdrawn), frozenset(withdrawn), frozenset(changed))


def _has_rows(table_day: TableDay, log: Log, stored: StoredRows) -> bool:
    return bool(stored.events.get(table_day, 0) or (table_day in log and log[table_day].rows_in))
