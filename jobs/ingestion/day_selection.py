"""Which days of which tables a run ingests, and which it leaves and says so.

A run ingests the days it is asked for, and every earlier day of a table that has input and no entry in the log. Days
that it is asked for and that are as the log says are skipped. Earlier days whose input changed are named, not read.
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
    """The days that somebody named: from `first` to `last`."""

    first: dt.date
    last: dt.date

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Selection:
    """What to do with each table's days.

    Attributes:
        chosen: to be ingested.
        withdrawn: among the chosen those without any input now: their rows leave the lake.
        changed: days before those asked for whose input is no longer what was ingested.
        skipped: asked for, and as the log says.
    """

    chosen: frozenset[TableDay]
    withdrawn: frozenset[TableDay] = frozenset()
    changed: frozenset[TableDay] = frozenset()
    skipped: frozenset[TableDay] = frozenset()

    @property
    def by_table(self) -> dict[str, list[dt.date]]:
        """The chosen days of each table, in order."""
        days: dict[str, list[dt.date]] = {}
        for table, day in sorted(self.chosen):
            days.setdefault(table, []).append(day)
        return days


def from_landing(inventory: Inventory, log: Log, in_lake: Mapping[TableDay, int], asked: RequestedRange,
                 fingerprint: Callable[[TableDay], str]) -> Selection:
    """The selection over a landing folder.

    Args:
        in_lake: rows of each table and day in the lake; it differs from the log where a table was lost.
        fingerprint: of the files of a table's day. It reads them, so it is asked for few.
    """
    lost = {place for place, entry in log.items() if entry.kept != in_lake.get(place, 0)}
    new = {place for place in inventory.files if place not in log or place in lost}
    wanted = {place for place in inventory.files if place[1] in asked}
    skipped = {place for place in wanted - new if log[place].input == fingerprint(place)}
    withdrawn = {place for place in {*log, *in_lake} - set(inventory.files)
                 if place[1] in asked and place[1] in inventory.days and _has_rows(place, log, in_lake)}
    changed = {place for place, files in inventory.files.items()
               if place not in new | wanted and log[place].files not in (None, listing(files))}
    return Selection(frozenset(new | (wanted - skipped) | withdrawn), frozenset(withdrawn), frozenset(changed),
                     frozenset(skipped))


def from_selects(counts: Mapping[TableDay, int], log: Log, in_lake: Mapping[TableDay, int],
                 asked: RequestedRange) -> Selection:
    """The selection over a folder of SELECTs. What one gives is only known once it is read: asked days are always read.

    Args:
        counts: rows that each table's SELECT gives for each day.
    """
    lost = {place for place, entry in log.items() if entry.kept != in_lake.get(place, 0)}
    new = {place for place in counts if place not in log or place in lost}
    wanted = {place for place in counts if place[1] in asked}
    withdrawn = {place for place in {*log, *in_lake} - set(counts)
                 if place[1] in asked and _has_rows(place, log, in_lake)}
    changed = {place for place, count in counts.items() if place not in new | wanted and log[place].rows_in != count}
    return Selection(frozenset(new | wanted | withdrawn), frozenset(withdrawn), frozenset(changed))


def _has_rows(place: TableDay, log: Log, in_lake: Mapping[TableDay, int]) -> bool:
    return bool(in_lake.get(place, 0) or (place in log and log[place].rows_in))
