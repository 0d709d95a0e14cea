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
from jobs.storage import catalog, reuse
from jobs.storage.fingerprint import fingerprint
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class RollUpPlan:
    """Which days come rolled up.

    Attributes:
        last: the latest of them; None where there is none.
        base: up to when they lie in the lake as they should be; None where nothing does.
        added: the days after `base` whose tiles are to be added.
        fingerprint: of all the tiles that the roll-up holds.
    """

    last: dt.date | None = None
    base: dt.date | None = None
    added: Sequence[dt.date] = ()
    fingerprint: str = ""


def table_of(features: FeatureSet) -> str:
    """The table of an entity's roll-ups."""
    return catalog.lifetime(features.entity).name


def plan_roll_up(lake: Lake, features: FeatureSet, fingerprints: Mapping[dt.date, str], first: dt.date) -> RollUpPlan:
    """What a run needs that looks at the days from `first` on one by one.

    Args:
        fingerprints: what the tiles of each day with events are made from, from the first day on.
    """
    last = first.replace(day=1) - dt.timedelta(days=1)
    before = sorted(day for day in fingerprints if day <= last)
    if not features.lifetime_features or not before:
        return RollUpPlan()
    known = {day: word for day, word in lake.fingerprints(table_of(features)).items() if day <= last}
    base = max((day for day, word in known.items() if word == _fingerprint_until(fingerprints, day)), default=None)
    return RollUpPlan(last, base, [day for day in before if base is None or day > base],
                      _fingerprint_until(fingerprints, last))


def _fingerprint_until(fingerprints: Mapping[dt.date, str], last: dt.date) -> str:
    return fingerprint(f"{day} {word}" for day, word in sorted(fingerprints.items()) if day <= last)


def load_or_build(spark: "SparkSession", lake: Lake, features: FeatureSet, plan: RollUpPlan,
                  added: "DataFrame | None") -> "DataFrame | None":
    """Return the roll-up that is planned: read, or built with the tiles of `plan.added`, written and staged."""
    if plan.last is None:
        return None
    base = None if plan.base is None else lake.read(spark, table_of(features), [plan.base])
    if not plan.added:
        return base
    parts = added if base is None else union_by_name([base, added])
    return reuse.load_or_build(spark, lake, table_of(features), features.id, {plan.last: plan.fingerprint},
                               lambda _: tiles.roll_up_tiles(parts, features, plan.last))
