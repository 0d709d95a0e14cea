"""Tiles in the lake: which days are stale, and how they are made anew.

A day's tiles say in their path what they were made from: the definitions and the very files of the
day's events, and of the earlier days that a joined source may look at. When any of these changes,
the tiles are made again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from features import tiles
from features.contract import Joined, Source
from features.feature import FeatureSet
from features.joined import joined
from jobs import step
from jobs.lake import Lake
from jobs.mark import mark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Files = dict[dt.date, list[str]]

KINDS = ("tiles", "values")


def up_to_date(spark: "SparkSession", lake: Lake, features: FeatureSet, needed: Sequence[dt.date]
               ) -> dict[str, "DataFrame | None"]:
    """The tiles and values of the days needed; those that are stale are written and staged.

    Returns:
        "tiles" and "values": as `features.tiles` makes them, None where no source ever arrived.
    """
    sources = there(lake, features)
    made_from = fingerprints(lake, features, sources, needed)
    known = lake.made_from(f"{features.entity}_tiles")
    stale = [day for day in made_from if known.get(day) != made_from[day]]
    fresh = sorted(set(made_from) - set(stale))
    # A plan over no events would still run, table by table, at every use.
    frames = (_new_tiles(spark, lake, features, sources, stale, made_from) if stale or not fresh
              else dict.fromkeys(KINDS))
    for kind, new in frames.items():
        if fresh and lake.has(f"{features.entity}_{kind}"):
            old = lake.read(spark, f"{features.entity}_{kind}", fresh)
            frames[kind] = old if new is None else old.unionByName(new, allowMissingColumns=True)
    return frames


def there(lake: Lake, features: FeatureSet) -> list[Source]:
    """The sources whose tables have all arrived, ever."""
    return [source for source in features.sources if all(lake.has(table.name) for table in source.tables)]


def first_days(lake: Lake, features: FeatureSet) -> dict[str, dt.date]:
    """The first day on which each source could be known."""
    return {source.name: max(min(lake.days(table.name)) for table in source.tables)
            for source in there(lake, features) if all(lake.days(table.name) for table in source.tables)}


def fingerprints(lake: Lake, features: FeatureSet, sources: Sequence[Source],
                 days: Sequence[dt.date]) -> dict[dt.date, str]:
    """What the tiles of each day are made of; days without events are left out."""
    files = {table.name: lake.files(table.name) for source in sources for table in source.tables}
    marks = {}
    for day in days:
        own = [f"{s.name}/{path}" for s in sources for path in files[s.tables[0].name].get(day, ())]
        if own:
            seen = [f"{s.name}/{path}" for s in sources if s.lookback for path in _before(files, s, day)]
            marks[day] = mark([features.hash, *own, *seen])
    return marks


def _before(files: Mapping[str, Files], source: Source, day: dt.date) -> list[str]:
    """Files of the joined table that rows of a day may look at."""
    right = files[source.tables[1].name]
    return [path for back in range(source.lookback + 1) for path in right.get(day - dt.timedelta(days=back), ())]


def _new_tiles(spark: "SparkSession", lake: Lake, features: FeatureSet, sources: Sequence[Source],
               stale: list[dt.date], made_from: Mapping[dt.date, str]) -> dict[str, "DataFrame | None"]:
    """Tiles and values of the stale days: written, staged, and read back from their files."""
    events = {source.name: _events(spark, lake, source, stale) for source in sources}
    frames = {"tiles": tiles.tiles(events, features), "values": tiles.values(events, features)}
    if not stale:
        return frames
    for kind, frame in frames.items():
        if frame is not None:
            written = lake.write(frame, f"{features.entity}_{kind}", stale, key=features.id,
                                 made_from={day: made_from[day] for day in stale})
            lake.stage(written)
            frames[kind] = lake.written_frame(spark, written) if written.files else frame
    return frames


def _events(spark: "SparkSession", lake: Lake, source: Source, days: Sequence[dt.date]) -> "DataFrame":
    own = lake.read(spark, source.tables[0].name, days)
    if not isinstance(source, Joined):
        return own
    reach = step.days_between(min(days) - dt.timedelta(days=source.days), max(days)) if days else []
    return joined(own, lake.read(spark, source.right.name, reach), source)

