"""Month tiles: sums of the tiles of complete months, for windows longer than a month.

A partition of `<entity>_month_values` has the distinct values of a month: a value of every day is one row and not
thirty. A partition of `<entity>_month_tiles` has the sum of the month's tiles. The first run that needs a complete
month builds its partitions. Their paths hold the fingerprint of all the month's tiles: when a tile of the month is
built again, the month is built again.
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

Months = Mapping[dt.date, Sequence[dt.date]]  # last day of a month -> days of the month with events


def complete_months(days: Sequence[dt.date], needed: Sequence[dt.date]) -> Months:
    """Return the months inside the needed days that end before the last needed day, which may be ingested again.

    Args:
        days: days with events.
        needed: consecutive days.
    """
    months: dict[dt.date, list[dt.date]] = {}
    for day in days:
        last = day.replace(day=monthrange(day.year, day.month)[1])
        if needed[0] <= day.replace(day=1) and last < needed[-1]:
            months.setdefault(last, []).append(day)
    return months


def months_inside_windows(months: Months, features: FeatureSet, as_of: dt.date) -> Months:
    """Return the months that no window boundary splits and that no window of a month or less reads."""
    days_before_windows = [as_of - dt.timedelta(days=window) for f in features.tile_features for window in f.windows]
    return {last: days for last, days in months.items() if last <= as_of - dt.timedelta(days=MAX_DAYS_IN_MONTH)
            and not any(last.replace(day=1) <= day < last for day in days_before_windows)}


def days_outside(days: Sequence[dt.date], months: Months) -> list[dt.date]:
    """Return the days outside of the months."""
    inside = {day for month_days in months.values() for day in month_days}
    return [day for day in days if day not in inside]


def load_or_build(spark: "SparkSession", lake: Lake, table: str, key: str, months: Months,
                  fingerprints: Mapping[dt.date, str],
                  build: Callable[[Sequence[dt.date]], "DataFrame"]) -> "DataFrame | None":
    """Return the rows of some months of a table: read, or built, written and staged. None where `months` is empty.

    Args:
        spark: the session of the run.
        lake: read from, and staged into.
        table: the name of the table.
        key: column that orders rows within a file.
        months: the days with events of each month.
        fingerprints: the fingerprint of each day's tiles.
        build: returns rows of complete months from some days.
    """
    expected = {month: fingerprint(f"{day} {fingerprints[day]}" for day in days) for month, days in months.items()}
    return reuse.load_or_build(spark, lake, table, key, expected,
                               lambda stale: build([day for month in stale for day in months[month]]))
