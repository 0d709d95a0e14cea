"""Lifetime tiles: the sum of all tiles before the other windows, which a night reads as one day.

A partition of `<entity>_lifetime` sums all tiles up to the last day of a month. It is built from the partition before
it and the tiles of the days between. Its path holds the fingerprint of all these tiles: when one of their days is
ingested again, the partition is built again.
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
    """The days that a lifetime partition sums.

    Attributes:
        last: the last day; None where no lifetime tile is needed.
        base: the day of the newest fresh partition in the lake; None where no partition is fresh.
        added: the days after `base` whose tiles are added.
        fingerprint: fingerprint of all the summed tiles.
    """

    last: dt.date | None = None
    base: dt.date | None = None
    added: Sequence[dt.date] = ()
    fingerprint: str = ""


def plan_roll_up(lake: Lake, features: FeatureSet, fingerprints: Mapping[dt.date, str], first: dt.date) -> RollUpPlan:
    """Return the plan of a run that reads the tiles of `first` and later days one by one.

    Args:
        fingerprints: the fingerprint of each day's tiles, for all days with events.
    """
    last = first.replace(day=1) - dt.timedelta(days=1)
    earlier_days = sorted(day for day in fingerprints if day <= last)
    if not features.lifetime_features or not earlier_days:
        return RollUpPlan()
    stored_fingerprints = lake.fingerprints(catalog.lifetime(features.entity).name)
    stored = {day: value for day, value in stored_fingerprints.items() if day <= last}
    base = max((day for day, value in stored.items() if value == _fingerprint_until(fingerprints, day)), default=None)
    return RollUpPlan(last, base, [day for day in earlier_days if base is None or day > base],
                      _fingerprint_until(fingerprints, last))


def _fingerprint_until(fingerprints: Mapping[dt.date, str], last: dt.date) -> str:
    return fingerprint(f"{day} {value}" for day, value in sorted(fingerprints.items()) if day <= last)


def load_or_build(spark: "SparkSession", lake: Lake, features: FeatureSet, plan: RollUpPlan,
                  added: "DataFrame | None") -> "DataFrame | None":
    """Return the planned lifetime tiles: read, or built with the tiles `added`, written and staged."""
    if plan.last is None:
        return None
    table = catalog.lifetime(features.entity).name
    base = None if plan.base is None else lake.read(spark, table, [plan.base])
    if not plan.added:
        return base
    parts = added if base is None else union_by_name([base, added])
    return reuse.load_or_build(spark, lake, table, features.id, {plan.last: plan.fingerprint},
                               lambda _: tiles.roll_up_tiles(parts, features, plan.last))
