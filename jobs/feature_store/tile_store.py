"""Tiles in the lake: stale days, and how they are built again.

The path of a day's tiles holds their fingerprint. It covers the feature definitions, the files of the day's events, and
the files of earlier days that a joined source may read. When one of these changes, the tiles are built again.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.aggregation import tiles
from features.frames.months import MAX_DAYS_IN_MONTH
from features.frames.union import union_all, union_by_name
from features.inputs.as_of_join import as_of_join
from features.inputs.contract import AsOfJoin, Source
from features.language.feature import LOOKBACK_DAYS
from features.language.feature_set import FeatureSet
from jobs.feature_store import lifetime_tiles, month_tiles
from jobs.runtime import day_ranges
from jobs.storage import catalog, reuse
from jobs.storage.data_files import StagedWrite
from jobs.storage.fingerprint import fingerprint
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# In the order of commits: a day with tiles has its values too.
KINDS = tuple(catalog.TILE_TABLES)
Files = dict[dt.date, list[str]]


def load_or_build_tiles(spark: "SparkSession", lake: Lake, features: FeatureSet,
                        needed: Sequence[dt.date]) -> dict[str, "DataFrame | None"]:
    """Return the tiles and values of the needed days. Stale days are built, written and staged.

    Where features have a lifetime window, one lifetime tile stands for all days before the month of the first day.
    Month values stand for the values of complete months that windows longer than a month read. As of a single day,
    month tiles stand for the tiles of complete months that no window boundary splits.

    Args:
        needed: consecutive days, from `features.aggregation.value_days.first_tile` on.

    Returns:
        Frames "tiles", "values" and "month_values" of `features.aggregation.tiles`. A value is in "values" or in
        "month_values", never in both. A frame is None where no source ever arrived, or no complete month is needed.
    """
    sources = available_sources(lake, features)
    day_fingerprints = fingerprints(lake, features, sources, _needed_events(lake, features, sources, needed))
    plan = lifetime_tiles.plan_roll_up(lake, features, day_fingerprints, min(needed))
    one_by_one = [day for day in day_fingerprints if plan.last is None or day > plan.last]
    stored = _stored_days(spark, lake, features, sources,
                          {day: day_fingerprints[day] for day in (*plan.added, *one_by_one)})
    added = stored.frame("tiles", plan.added) if plan.added else None
    lifetime = lifetime_tiles.load_or_build(spark, lake, features, plan, added)
    recent = _tiles(stored, needed, one_by_one, day_fingerprints)
    return {"tiles": recent if lifetime is None else union_by_name([recent, lifetime]),
            **_values(stored, needed, [day for day in day_fingerprints if day >= min(needed)], day_fingerprints)}


def _tiles(stored: "TileReader", needed: Sequence[dt.date], days: Sequence[dt.date],
           day_fingerprints: Mapping[dt.date, str]) -> "DataFrame | None":
    """Return the tiles of some days. As of a single day, complete months are one tile of the month's last day.

    Month tiles are always written, but used for a single as-of day alone: several as-of days have window boundaries
    inside most months.
    """
    from pyspark.sql import functions as F

    features = stored.features
    complete = month_tiles.complete_months(days, needed) if features.tile_features_beyond_a_month else {}
    by_month = stored.of_months("month_tiles", complete, day_fingerprints, lambda month_days: tiles.month_tiles(
        stored.frame("tiles", month_days), features))
    unsplit = month_tiles.months_inside_windows(complete, features, needed[-1]) if len(needed) == LOOKBACK_DAYS else {}
    by_day = stored.frame("tiles", month_tiles.days_outside(days, unsplit))
    if not unsplit:
        return by_day
    return union_by_name([by_day, by_month.where(F.col("ds").isin([F.lit(month) for month in unsplit]))])


def _values(stored: "TileReader", needed: Sequence[dt.date], days: Sequence[dt.date],
            day_fingerprints: Mapping[dt.date, str]) -> dict[str, "DataFrame | None"]:
    """Return the values of some days, with month values for windows longer than a month."""
    features = stored.features
    complete = month_tiles.complete_months(days, needed) if features.distinct_features_beyond_a_month else {}
    by_month = stored.of_months("month_values", complete, day_fingerprints, lambda month_days: tiles.month_values(
        stored.frame("values", month_days), features))
    by_day = stored.frame("values", month_tiles.days_outside(days, complete))
    # Shorter windows read the other values of recent months by day. Index 89 of `needed` is the first as-of day.
    recent = [day for month in complete.values() for day in month
              if (day - needed[0]).days >= LOOKBACK_DAYS - MAX_DAYS_IN_MONTH]
    if recent:
        others = stored.frame("values", recent).where(~tiles.needed_beyond_a_month(features))
        by_day = union_all([by_day, others])
    return {"values": by_day, "month_values": by_month}


def _needed_events(lake: Lake, features: FeatureSet, sources: Sequence[Source],
                   needed: Sequence[dt.date]) -> Sequence[dt.date]:
    """Return the needed days, and, for a lifetime window, all days before them."""
    firsts = [min(days) for source in sources if (days := lake.days(source.tables[0].name))]
    if not features.lifetime_features or not firsts:
        return needed
    return day_ranges.days_between(min(*firsts, *needed), max(needed))


@dataclass(frozen=True)
class TileReader:
    """Reader of an entity's tiles and values, from the lake and from the staged writes of this run.

    Attributes:
        fingerprints: the days whose tiles in the lake are fresh.
        events: rows of the stale days, by source.
        written: staged writes of the stale days, by kind.
    """

    spark: "SparkSession"
    lake: Lake
    features: FeatureSet
    fingerprints: frozenset[dt.date]
    events: Mapping[str, "DataFrame"]
    written: Mapping[str, StagedWrite]

    def frame(self, kind: str, days: Sequence[dt.date]) -> "DataFrame | None":
        """Return the rows of some days; None where no source of the rows ever arrived."""
        table = catalog.TILE_TABLES[kind](self.features.entity).name
        fresh, stale = ([day for day in days if (day in self.fingerprints) == is_fresh] for is_fresh in (True, False))
        parts = [self.lake.read(self.spark, table, fresh)] if fresh and self.lake.has(table) else []
        if kind in self.written and self.written[kind].files_of(stale):
            parts.append(self.lake.written_frame(self.spark, self.written[kind], stale))
        if parts:  # without a plan over empty events, which would still run, table by table, at every use
            return union_by_name(parts)
        no_events = {name: df.limit(0) for name, df in self.events.items()}
        return {"tiles": tiles.tiles, "values": tiles.values}[kind](no_events, self.features)

    def of_months(self, kind: str, months: month_tiles.Months, day_fingerprints: Mapping[dt.date, str],
                  build: Callable[[Sequence[dt.date]], "DataFrame"]) -> "DataFrame | None":
        """Return the rows of complete months, as `month_tiles.load_or_build` does."""
        table = catalog.TILE_TABLES[kind](self.features.entity).name
        return month_tiles.load_or_build(self.spark, self.lake, table, self.features.id, months, day_fingerprints,
                                         build)


def available_sources(lake: Lake, features: FeatureSet) -> list[Source]:
    """Return the sources of which every table has ever arrived."""
    return [source for source in features.sources if all(lake.has(table.name) for table in source.tables)]


def first_days(lake: Lake, features: FeatureSet) -> dict[str, dt.date]:
    """Return the first day on which each source has data: the latest first day of its tables."""
    return {source.name: max(min(lake.days(table.name)) for table in source.tables)
            for source in available_sources(lake, features) if all(lake.days(table.name) for table in source.tables)}


def fingerprints(lake: Lake, features: FeatureSet, sources: Sequence[Source],
                 days: Sequence[dt.date]) -> dict[dt.date, str]:
    """Return the fingerprint of each day's tiles; days without events are left out."""
    files = {table.name: lake.files(table.name) for source in sources for table in source.tables}
    by_day = {}
    for day in days:
        day_files = [f"{s.name}/{path}" for s in sources for path in files[s.tables[0].name].get(day, ())]
        if day_files:
            joined = [f"{s.name}/{path}" for s in sources if s.lookback for path in _earlier_files(files, s, day)]
            by_day[day] = fingerprint([tiles.TILE_FORMAT_VERSION, features.hash, *day_files, *joined])
    return by_day


def _earlier_files(files: Mapping[str, Files], source: Source, day: dt.date) -> list[str]:
    """Return the files of the joined table that rows of a day may read."""
    right = files[source.tables[1].name]
    return [path for back in range(source.lookback + 1) for path in right.get(day - dt.timedelta(days=back), ())]


def _stored_days(spark: "SparkSession", lake: Lake, features: FeatureSet, sources: Sequence[Source],
                 day_fingerprints: Mapping[dt.date, str]) -> TileReader:
    """Return a reader of the tiles of some days. Stale days are built, written and staged."""
    stale = reuse.stale_days(lake, catalog.tiles(features.entity).name, day_fingerprints)
    events = {source.name: _events(spark, lake, source, stale) for source in sources}
    written = _write_tiles(lake, features, events, {day: day_fingerprints[day] for day in stale}) if stale else {}
    return TileReader(spark, lake, features, frozenset(day_fingerprints) - frozenset(stale), events, written)


def _write_tiles(lake: Lake, features: FeatureSet, events: Mapping[str, "DataFrame"],
                 day_fingerprints: Mapping[dt.date, str]) -> dict[str, StagedWrite]:
    """Write and stage tiles and values of some days. Without a distinct count there are no values."""
    frames = {"tiles": tiles.tiles(events, features), "values": tiles.values(events, features)}
    staged = {kind: lake.write(frame, catalog.TILE_TABLES[kind](features.entity).name, day_fingerprints,
                               key=features.id, fingerprints=day_fingerprints)
              for kind, frame in frames.items() if frame is not None}
    for written in staged.values():
        lake.stage(written)
    return staged


def _events(spark: "SparkSession", lake: Lake, source: Source, days: Sequence[dt.date]) -> "DataFrame":
    events = lake.read(spark, source.tables[0].name, days)
    if not isinstance(source, AsOfJoin):
        return events
    days_read = day_ranges.days_between(min(days) - dt.timedelta(days=source.days), max(days)) if days else []
    return as_of_join(events, lake.read(spark, source.right.name, days_read), source)

