"""Values of whole months: one that comes every day is then one row a month and not thirty.

A partition of `<entity>_month_values` holds what `features.tiles.month_values` makes of a month. The first run that
needs all of the month and days after it makes the partition, whose path names all of the month's tiles by a mark: when
any of them is made again, so is the month.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features import tiles
from features.arrivals import MONTH
from features.feature import LONGEST
from features.feature_set import FeatureSet
from features.united import together
from jobs.lake import Lake
from jobs.mark import mark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

OfDays = Callable[[Sequence[dt.date]], "DataFrame | None"]


@dataclass(frozen=True)
class Plan:
    """How the values of some days come. Months are known by their last day, and hold days with events.

    Attributes:
        fresh: months that lie in the lake as they should be.
        stale: those that have to be put together, of which days.
        marks: what months are made from.
        singly: the other days.
        beside: days of months that values are asked for by themselves which look back a month or less.
    """

    fresh: Sequence[dt.date]
    stale: Mapping[dt.date, Sequence[dt.date]]
    marks: Mapping[dt.date, str]
    singly: Sequence[dt.date]
    beside: Sequence[dt.date]


def table_of(features: FeatureSet) -> str:
    """The table of an entity's values of months."""
    return f"{features.entity}_month_values"


def plan(lake: Lake, features: FeatureSet, made_from: Mapping[dt.date, str], needed: Sequence[dt.date]) -> Plan:
    """What a run needs that looks at some days, one after the other.

    Args:
        made_from: what the tiles of each day with events are made from.
        needed: the days, of which the earliest that features are asked for is the 90th.
    """
    months: dict[dt.date, list[dt.date]] = {month: [] for month in (_closed(needed) if features.of_months else ())}
    singly, beside = [], []
    for day in made_from:
        if (month := _last_day(day)) in months:
            months[month].append(day)
            beside += [day] if day > needed[0] + dt.timedelta(days=LONGEST - 1 - MONTH) else []
        elif day >= needed[0]:
            singly.append(day)
    marks = {month: mark(f"{day} {made_from[day]}" for day in days) for month, days in months.items() if days}
    known = lake.made_from(table_of(features))
    stale = {month: months[month] for month in marks if known.get(month) != marks[month]}
    return Plan([month for month in marks if month not in stale], stale, marks, singly, beside)


def _closed(days: Sequence[dt.date]) -> list[dt.date]:
    """The months that lie among some days and end before the last of them, which may yet be taken in anew."""
    return [day for day in days if day == _last_day(day) and day.replace(day=1) >= days[0] and day < days[-1]]


def _last_day(day: dt.date) -> dt.date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def values(spark: "SparkSession", lake: Lake, features: FeatureSet, plan: Plan,
           of_days: OfDays) -> dict[str, "DataFrame | None"]:
    """The values that are planned, by day and by month; months that are stale are written and staged.

    Args:
        of_days: the values of some days.
    """
    by_day = of_days(plan.singly)
    if plan.beside:
        by_day = together([by_day, of_days(plan.beside).where(~tiles.of_months(features))])
    by_month = [lake.read(spark, table_of(features), plan.fresh)] if plan.fresh else []
    if plan.stale:
        by_month.append(_put_together(spark, lake, features, plan, of_days))
    return {"values": by_day, "month_values": together(by_month) if by_month else None}


def _put_together(spark: "SparkSession", lake: Lake, features: FeatureSet, plan: Plan, of_days: OfDays) -> "DataFrame":
    days = [day for days in plan.stale.values() for day in days]
    written = lake.write(tiles.month_values(of_days(days), features), table_of(features), plan.stale,
                         key=features.id, made_from={month: plan.marks[month] for month in plan.stale})
    lake.stage(written)
    return lake.written_frame(spark, written)
