"""Tiles that no window but a lifetime looks at, added up: a night reads them as one day.

A partition of `<entity>_lifetime` holds all that had arrived by the last day of a month. It is made from the
one before it and the tiles of the days between, and names all of their tiles by a mark in its path: when any
day of them is taken in anew, it is made again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.aggregation import tiles
from features.frames.union import union_by_name
from features.language.feature_set import FeatureSet
from jobs.storage.fingerprint import mark
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Plan:
    """Which days come rolled up.

    Attributes:
        last: the latest of them; None where there is none.
        base: up to when they lie in the lake as they should be; None where nothing does.
        added: the days after `base` whose tiles are to be added.
        mark: what the whole is made from.
    """

    last: dt.date | None = None
    base: dt.date | None = None
    added: Sequence[dt.date] = ()
    mark: str = ""


def table_of(features: FeatureSet) -> str:
    """The table of an entity's roll-ups."""
    return f"{features.entity}_lifetime"


def plan(lake: Lake, features: FeatureSet, made_from: Mapping[dt.date, str], first: dt.date) -> Plan:
    """What a run needs that looks at the days from `first` on one by one.

    Args:
        made_from: what the tiles of each day with events are made from, from the first day on.
    """
    last = first.replace(day=1) - dt.timedelta(days=1)
    before = sorted(day for day in made_from if day <= last)
    if not features.lifetime_features or not before:
        return Plan()
    known = {day: word for day, word in lake.made_from(table_of(features)).items() if day <= last}
    base = max((day for day, word in known.items() if word == _mark(made_from, day)), default=None)
    return Plan(last, base, [day for day in before if base is None or day > base], _mark(made_from, last))


def _mark(made_from: Mapping[dt.date, str], last: dt.date) -> str:
    return mark(f"{day} {word}" for day, word in sorted(made_from.items()) if day <= last)


def rolled(spark: "SparkSession", lake: Lake, features: FeatureSet, plan: Plan,
           added: "DataFrame | None") -> "DataFrame | None":
    """The roll-up that is planned: read, or made with the tiles of `plan.added`, written and staged."""
    if plan.last is None:
        return None
    base = None if plan.base is None else lake.read(spark, table_of(features), [plan.base])
    if not plan.added:
        return base
    parts = added if base is None else union_by_name([base, added])
    written = lake.write(tiles.roll_up_tiles(parts, features, plan.last), table_of(features), [plan.last],
                         key=features.id, made_from={plan.last: plan.mark})
    lake.stage(written)
    return lake.written_frame(spark, written)
