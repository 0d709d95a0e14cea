"""Statistics of each day of a table, against the table's own recent past.

The statistics come from the log and from the files' footers. No row is read, however large the day.
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
# Fewer days are no past to compare with.
MIN_RECENT_DAYS = 7
# A share over fewer rows is too uncertain.
MIN_ROWS_FOR_SHARE = 200

DayStatistics = dict[str, float | None]


def day_statistics(lake: Lake, written: StagedWrite, table: Table, log: StagedWrite) -> dict[dt.date, DayStatistics]:
    """Return the statistics of each day of a write.

    Returns:
        Statistics by day. A statistic is None without a past to compare with, or with too few rows.
        row_count_ratio: rows over the median rows of the table's recent days with rows;
        row_count_to_smallest: rows over the smallest rows of these days;
        newest_event_age_days: days from the newest event to the day; None for a table of states, whose rows may all
        answer older events;
        quarantined_share, conflicting_share: shares of the input rows; states of one key differ, so that the second is
        None for them;
        verdict_count_ratio: row_count_ratio of verdicts, for no other table;
        `<column>_null_rate_increase`: share of nulls less the share of the week before.
    """
    rows = _rows_by_day(lake, written)
    log_rows = lake.written_arrow(log).to_table()
    profiles = _profiles(lake, written, table)
    return {day: {**_row_counts(rows, day), **_log_shares(log_rows, table, day), **_columns(profiles, table, day),
                  **({"verdict_count_ratio": _row_counts(rows, day)["row_count_ratio"]}
                     if table.name == "verdicts" else {})}
            for day in written.dates}


def _rows_by_day(lake: Lake, written: StagedWrite) -> dict[dt.date, int]:
    """Return the rows of each day, as they will be after the commit of the write."""
    stored = {day: n for day, n in lake.counts(written.table).items() if day.isoformat() not in written.days}
    return stored | written.rows_by_day


def _row_counts(rows: Mapping[dt.date, int], day: dt.date) -> DayStatistics:
    past = [n for d, n in rows.items() if 0 < (day - d).days <= RECENT_DAYS and n]
    if len(past) < MIN_RECENT_DAYS:
        return {"row_count_ratio": None, "row_count_to_smallest": None}
    count = rows.get(day, 0)
    return {"row_count_ratio": count / statistics.median(past), "row_count_to_smallest": count / min(past)}


def _log_shares(log_rows: pa.Table, table: Table, day: dt.date) -> DayStatistics:
    counts = ingest_log.of_day(log_rows, table.name, day)
    rows_in, quarantined, conflicting = counts["rows_in"], counts["quarantined"], counts["conflicting"]
    # A day with quarantined rows alone is certain, also with few rows.
    is_certain = rows_in >= MIN_ROWS_FOR_SHARE or (rows_in and quarantined == rows_in)
    return {"quarantined_share": quarantined / rows_in if is_certain else None,
            "conflicting_share": (conflicting / rows_in if rows_in >= MIN_ROWS_FOR_SHARE and not table.is_state
                                  else None)}


@dataclass(frozen=True)
class Profile:
    """Rows of a day, nulls of each optional column, and the time of the newest event."""

    rows: int
    nulls: Mapping[str, int]
    newest: dt.datetime | None


def _profiles(lake: Lake, written: StagedWrite, table: Table) -> dict[dt.date, Profile]:
    """Return the profiles of the written days, and of the lake's days in the week before each."""
    new = {day: _profile(lake.written_footers(written, [day]), table) for day in written.dates}
    weeks = {day - dt.timedelta(days=n) for day in new for n in range(1, 8)} - set(new)
    stored = weeks.intersection(lake.days(table.name)) if lake.has(table.name) else set()
    return new | {day: _profile(lake.footers(table.name, [day]), table) for day in stored}


def _profile(footers: Sequence[FileMetaData], table: Table) -> Profile:
    newest = max((value for footer in footers if (value := parquet_statistics.max_value(footer, table.event_time))),
                 default=None)
    return Profile(sum(footer.num_rows for footer in footers),
                   {c.name: parquet_statistics.null_count(footers, c.name) for c in table.columns if not c.required},
                   newest)


def _columns(profiles: Mapping[dt.date, Profile], table: Table, day: dt.date) -> DayStatistics:
    today = profiles[day]
    past = [profiles[day_before] for n in range(1, 8) if (day_before := day - dt.timedelta(days=n)) in profiles]
    has_age = today.newest and not table.is_state
    result: DayStatistics = {"newest_event_age_days": (day - today.newest.date()).days if has_age else None}
    has_enough_rows = all(_rows(days) >= MIN_ROWS_FOR_SHARE for days in ([today], past))
    for column in today.nulls:
        result[f"{column}_null_rate_increase"] = (_null_rate([today], column) - _null_rate(past, column)
                                                  if has_enough_rows else None)
    return result


def _rows(profiles: Iterable[Profile]) -> int:
    return sum(profile.rows for profile in profiles)


def _null_rate(profiles: Sequence[Profile], column: str) -> float:
    return sum(profile.nulls[column] for profile in profiles) / _rows(profiles)
