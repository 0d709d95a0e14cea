"""Tiles in the lake: which days are stale, and how they are made anew.

A day's tiles say in their path what they were made from: the definitions and the very files of the
day's events, and of the earlier days that a joined source may look at. When any of these changes,
the tiles are made again.
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

# In the order of commits: a day whose tiles are there has its values too.
KINDS = tuple(catalog.TILE_TABLES)
Files = dict[dt.date, list[str]]


def load_or_build_tiles(spark: "SparkSession", lake: Lake, features: FeatureSet,
                        needed: Sequence[dt.date]) -> dict[str, "DataFrame | None"]:
    """The tiles and values of the days needed; those that are stale are written and staged.

    Where features look at a lifetime, all that had arrived before the month of the first day comes rolled up. Whole
    months come as `jobs.feature_store.month_tiles` keeps them: of values those that are looked at for longer, and of tiles, as of one
    day, those that no window cuts.

    Args:
        needed: one after the other, from `features.aggregation.value_days.first_tile` on.

    Returns:
        "tiles", "values" and "month_values", as `features.aggregation.tiles` makes them: no row of values is in both. None where
        no source ever arrived, or no whole month is needed.
    """
    sources = available_sources(lake, features)
    day_fingerprints = fingerprints(lake, features, sources, _needed_events(lake, features, sources, needed))
    plan = lifetime_tiles.plan_roll_up(lake, features, day_fingerprints, min(needed))
    one_by_one = [day for day in day_fingerprints if plan.last is None or day > plan.last]
    stored = _stored_days(spark, lake, features, sources,
                          {day: day_fingerprints[day] for day in (*plan.added, *one_by_one)})
    added = stored.frame("tiles", plan.added) if plan.added else None
    rolled = lifetime_tiles.load_or_build(spark, lake, features, plan, added)
    recent = _tiles(stored, needed, one_by_one, day_fingerprints)
    return {"tiles": recent if rolled is None else union_by_name([recent, rolled]),
            **_values(stored, needed, [day for day in day_fingerprints if day >= min(needed)], day_fingerprints)}


def _tiles(stored: "TileReader", needed: Sequence[dt.date], days: Sequence[dt.date],
           day_fingerprints: Mapping[dt.date, str]) -> "DataFrame | None":
    """The tiles of some days; as of one day, those of whole months as one of the month's last day.

    Months are kept whoever asks. As of several days windows begin on many, and cut what there is.
    """
    from pyspark.sql import functions as F

    features = stored.features
    whole = month_tiles.complete_months(days, needed) if features.tile_features_beyond_a_month else {}
    by_month = stored.of_months("month_tiles", whole, day_fingerprints, lambda old: tiles.month_tiles(
        stored.frame("tiles", old), features))
    uncut = month_tiles.months_inside_windows(whole, features, needed[-1]) if len(needed) == LOOKBACK_DAYS else {}
    by_day = stored.frame("tiles", month_tiles.days_outside(days, uncut))
    return union_by_name([by_day,
                          by_month.where(F.col("ds").isin([F.lit(month) for month in uncut]))]) if uncut else by_day


def _values(stored: "TileReader", needed: Sequence[dt.date], days: Sequence[dt.date],
            day_fingerprints: Mapping[dt.date, str]) -> dict[str, "DataFrame | None"]:
    """The values of some days, and of the whole months among them those that are looked at for longer."""
    features = stored.features
    whole = month_tiles.complete_months(days, needed) if features.distinct_features_beyond_a_month else {}
    by_month = stored.of_months("month_values", whole, day_fingerprints, lambda old: tiles.month_values(
        stored.frame("values", old), features))
    by_day = stored.frame("values", month_tiles.days_outside(days, whole))
    # The others of a whole month, where it is recent: the 90th of the days is the earliest that features are asked for.
    recent = [day for some in whole.values() for day in some if (day - needed[0]).days >= LOOKBACK_DAYS - MAX_DAYS_IN_MONTH]
    if recent:
        others = stored.frame("values", recent).where(~tiles.needed_beyond_a_month(features))
        by_day = union_all([by_day, others])
    return {"values": by_day, "month_values": by_month}


def _needed_events(lake: Lake, features: FeatureSet, sources: Sequence[Source],
                   needed: Sequence[dt.date]) -> Sequence[dt.date]:
    """The days needed, and, for a lifetime, all before them."""
    firsts = [min(days) for source in sources if (days := lake.days(source.tables[0].name))]
    if not features.lifetime_features or not firsts:
        return needed
    return day_ranges.days_between(min(*firsts, *needed), max(needed))


@dataclass(frozen=True)
class TileReader:
    """Tiles and values of an entity: those that lie in the lake, and those that this run has written beside them."""

    spark: "SparkSession"
    lake: Lake
    features: FeatureSet
    fingerprints: frozenset[dt.date]
    events: Mapping[str, "DataFrame"]
    written: Mapping[str, StagedWrite]

    def frame(self, kind: str, days: Sequence[dt.date]) -> "DataFrame | None":
        """The rows of some days; None where no source of them ever arrived."""
        table = catalog.TILE_TABLES[kind](self.features.entity).name
        old, new = ([day for day in days if (day in self.fingerprints) == there] for there in (True, False))
        parts = [self.lake.read(self.spark, table, old)] if old and self.lake.has(table) else []
        if kind in self.written and self.written[kind].files_of(new):
            parts.append(self.lake.written_frame(self.spark, self.written[kind], new))
        if parts:  # no plan over no events beside them: it would still run, table by table, at every use
            return union_by_name(parts)
        nothing = {name: df.limit(0) for name, df in self.events.items()}
        return {"tiles": tiles.tiles, "values": tiles.values}[kind](nothing, self.features)

    def of_months(self, kind: str, whole: month_tiles.Months, day_fingerprints: Mapping[dt.date, str],
                  made: Callable[[Sequence[dt.date]], "DataFrame"]) -> "DataFrame | None":
        """Return the rows of whole months, as `month_tiles.load_or_build` does."""
        return month_tiles.load_or_build(
            self.spark, self.lake, catalog.TILE_TABLES[kind](self.features.entity).name, self.features.id, whole,
                                         day_fingerprints, made
        )


def available_sources(lake: Lake, features: FeatureSet) -> list[Source]:
    """The sources whose tables have all arrived, ever."""
    return [source for source in features.sources if all(lake.has(table.name) for table in source.tables)]


def first_days(lake: Lake, features: FeatureSet) -> dict[str, dt.date]:
    """The first day on which each source could be known."""
    return {source.name: max(min(lake.days(table.name)) for table in source.tables)
            for source in available_sources(lake, features) if all(lake.days(table.name) for table in source.tables)}


def fingerprints(lake: Lake, features: FeatureSet, sources: Sequence[Source],
                 days: Sequence[dt.date]) -> dict[dt.date, str]:
    """What the tiles of each day are made of; days without events are left out."""
    files = {table.name: lake.files(table.name) for source in sources for table in source.tables}
    marks = {}
    for day in days:
        own = [f"{s.name}/{path}" for s in sources for path in files[s.tables[0].name].get(day, ())]
        if own:
            seen = [f"{s.name}/{path}" for s in sources if s.lookback for path in _earlier_files(files, s, day)]
            marks[day] = fingerprint([tiles.TILE_FORMAT_VERSION, features.hash, *own, *seen])
    return marks


def _earlier_files(files: Mapping[str, Files], source: Source, day: dt.date) -> list[str]:
    """Files of the joined table that rows of a day may look at."""
    right = files[source.tables[1].name]
    return [path for back in range(source.lookback + 1) for path in right.get(day - dt.timedelta(days=back), ())]


def _stored_days(spark: "SparkSession", lake: Lake, features: FeatureSet, sources: Sequence[Source],
                 day_fingerprints: Mapping[dt.date, str]) -> TileReader:
    """The tiles of the days given. Those that are stale are made, written and staged."""
    stale = reuse.stale_days(lake, catalog.tiles(features.entity).name, day_fingerprints)
    events = {source.name: _events(spark, lake, source, stale) for source in sources}
    written = _write_tiles(lake, features, events, {day: day_fingerprints[day] for day in stale}) if stale else {}
    return TileReader(spark, lake, features, frozenset(day_fingerprints) - frozenset(stale), events, written)


def _write_tiles(lake: Lake, features: FeatureSet, events: Mapping[str, "DataFrame"],
                 day_fingerprints: Mapping[dt.date, str]) -> dict[str, StagedWrite]:
    """Tiles and values of some days, written and staged; no values where no feature counts any."""
    frames = {"tiles": tiles.tiles(events, features), "values": tiles.values(events, features)}
    written = {
        kind: lake.write(
            frame, catalog.TILE_TABLES[kind](features.entity).name, day_fingerprints, key=features.id,
                         fingerprints=day_fingerprints
        )
        for kind, frame in frames.items()
        if frame is not None
    }
    for each in written.values():
        lake.stage(each)
    return written


def _events(spark: "SparkSession", lake: Lake, source: Source, days: Sequence[dt.date]) -> "DataFrame":
    own = lake.read(spark, source.tables[0].name, days)
    if not isinstance(source, AsOfJoin):
        return own
    reach = day_ranges.days_between(min(days) - dt.timedelta(days=source.days), max(days)) if days else []
    return as_of_join(own, lake.read(spark, source.right.name, reach), source)

