"""Whole months: what comes of their days is kept once a month, for those that look further back than that.

A partition of `<entity>_month_values` holds the values of a month, one that came every day as one row and not thirty;
one of `<entity>_month_tiles` its tiles, added up. The first run that needs a whole month makes its partitions, whose
paths name all of the month's tiles by a mark: when any of them is made again, so is the month.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from features.frames.months import MAX_DAYS_IN_MONTH
from features.language.feature_set import FeatureSet
from jobs.storage import reuse
from jobs.storage.fingerprint import fingerprint
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Months = Mapping[dt.date, Sequence[dt.date]]  # the days with events of each month, which is known by its last day


def complete_months(days: Sequence[dt.date], needed: Sequence[dt.date]) -> Months:
    """The months that lie among the days needed and end before the last of them, which may yet be taken in anew.

    Args:
        days: those with events.
        needed: days, one after the other.
    """
    months: dict[dt.date, list[dt.date]] = {}
    for day in days:
        last = day.replace(day=monthrange(day.year, day.month)[1])
        if needed[0] <= day.replace(day=1) and last < needed[-1]:
            months.setdefault(last, []).append(day)
    return months


def months_inside_windows(months: Months, features: FeatureSet, as_of: dt.date) -> Months:
    """The months that windows as of a day hold wholly or not at all, and of a month or less not at all."""
    before = [as_of - dt.timedelta(days=window) for f in features.tile_features for window in f.windows]
    return {last: days for last, days in months.items() if last <= as_of - dt.timedelta(days=MAX_DAYS_IN_MONTH)
            and not any(last.replace(day=1) <= day < last for day in before)}


def days_outside(days: Sequence[dt.date], months: Months) -> list[dt.date]:
    """The days that lie in none of the months."""
    inside = {day for some in months.values() for day in some}
    return [day for day in days if day not in inside]


def load_or_build(spark: "SparkSession", lake: Lake, table: str, key: str, months: Months,
                  fingerprints: Mapping[dt.date, str],
                  build: Callable[[Sequence[dt.date]], "DataFrame"]) -> "DataFrame | None":
    """Return the rows of some months of a table: read, or built, written and staged. None where no month is wanted.

    Args:
        spark: the session of the run.
        lake: read from, and staged into.
        table: the name of the table.
        key: the column that rows are ordered by.
        months: the days with events of each month.
        fingerprints: the fingerprint of the tiles of each day.
        build: rows of whole months from those of some days.
    """
    wanted = {month: fingerprint(f"{day} {fingerprints[day]}" for day in days) for month, days in months.items()}
    return reuse.load_or_build(spark, lake, table, key, wanted,
                               lambda stale: build([day for month in stale for day in months[month]]))
