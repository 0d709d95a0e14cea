"""Statistics of each day of a table, against its own recent past.

They come from the log and from the files' footers: however large the day, no row of it is read.
"""

import datetime as dt
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow.parquet import FileMetaData

from features.inputs.contract import Table
from jobs.ingestion import ingest_log
from jobs.storage import parquet_statistics
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

RECENT_DAYS = 28
# Below this many days there is no "usual" yet.
MIN_RECENT_DAYS = 7
# A share over fewer rows than this says nothing.
MIN_ROWS_FOR_SHARE = 200

DayStatistics = dict[str, float | None]


def day_statistics(lake: Lake, written: StagedWrite, table: Table, log: StagedWrite) -> dict[dt.date, DayStatistics]:
    """What each day of a write looks like.

    Returns:
        By day, None where there is no past to compare with or too few rows:
        row_count_ratio: rows over the median of the table's recent days that had any;
        row_count_to_smallest: rows over the smallest of these;
        newest_event_age_days; quarantined_share; conflicting_share; verdict_count_ratio for verdicts;
        `<column>_null_rate_increase`: share of nulls above that of the week before.
    """
    rows = _rows_by_day(lake, written)
    log_rows = lake.written_arrow(log).to_table()
    profiles = _profiles(lake, written, table)
    return {day: {**_row_counts(rows, day), **_log_shares(log_rows, table, day), **_columns(profiles, table, day),
                  **({"verdict_count_ratio": _row_counts(rows, day)["row_count_ratio"]}
                     if table.name == "verdicts" else {})}
            for day in written.dates}


def _rows_by_day(lake: Lake, written: StagedWrite) -> dict[dt.date, int]:
    """Rows a day, as they will be once the write is committed."""
    before = {day: n for day, n in lake.counts(written.table).items() if day.isoformat() not in written.days}
    return before | written.rows_by_day


def _row_counts(rows: Mapping[dt.date, int], day: dt.date) -> DayStatistics:
    past = [n for d, n in rows.items() if 0 < (day - d).days <= RECENT_DAYS and n]
    if len(past) < MIN_RECENT_DAYS:
        return {"row_count_ratio": None, "row_count_to_smallest": None}
    count = rows.get(day, 0)
    return {"row_count_ratio": count / statistics.median(past), "row_count_to_smallest": count / min(past)}


def _log_shares(log_rows: pa.Table, table: Table, day: dt.date) -> DayStatistics:
    found = ingest_log.of_day(log_rows, table.name, day)
    came, aside, differ = found["rows_in"], found["quarantined"], found["conflicting"]
    known = came >= MIN_ROWS_FOR_SHARE or (came and aside == came)  # of a day without a sound row there is no doubt
    return {"quarantined_share": aside / came if known else None,
            "conflicting_share": differ / came if came >= MIN_ROWS_FOR_SHARE else None}


@dataclass(frozen=True)
class Profile:
    """Rows of a day, nulls of each column that may be empty, and the newest event."""

    rows: int
    nulls: Mapping[str, int]
    newest: dt.datetime | None


def _profiles(lake: Lake, written: StagedWrite, table: Table) -> dict[dt.date, Profile]:
    """The written days, and those of the lake in the weeks before them."""
    own = {day: _profile(lake.written_footers(written, [day]), table) for day in written.dates}
    weeks = {day - dt.timedelta(days=n) for day in own for n in range(1, 8)} - set(own)
    known = weeks.intersection(lake.days(table.name)) if lake.has(table.name) else set()
    return own | {day: _profile(lake.footers(table.name, [day]), table) for day in known}


def _profile(found: Sequence[FileMetaData], table: Table) -> Profile:
    newest = max((value for footer in found if (value := parquet_statistics.max_value(footer, table.event_time))),
                 default=None)
    return Profile(sum(footer.num_rows for footer in found),
                   {c.name: parquet_statistics.null_count(found, c.name) for c in table.columns if not c.required},
                   newest)


def _columns(profiles: Mapping[dt.date, Profile], table: Table, day: dt.date) -> DayStatistics:
    today = profiles[day]
    past = [profiles[before] for n in range(1, 8) if (before := day - dt.timedelta(days=n)) in profiles]
    found: DayStatistics = {"newest_event_age_days": (day - today.newest.date()).days if today.newest else None}
    known = all(_rows(some) >= MIN_ROWS_FOR_SHARE for some in ([today], past))
    for column in today.nulls:
        found[f"{column}_null_rate_increase"] = (_null_rate([today], column) - _null_rate(past, column)
                                                 if known else None)
    return found


def _rows(profiles: Iterable[Profile]) -> int:
    return sum(profile.rows for profile in profiles)


def _null_rate(profiles: Sequence[Profile], column: str) -> float:
    return sum(profile.nulls[column] for profile in profiles) / _rows(profiles)
