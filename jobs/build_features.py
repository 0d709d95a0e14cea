"""Build features of every entity, as of the day, or as of the weekly training days up to it.

Reads the event tables; writes tiles of the days that changed, and features, staged for
`validate --stage features`, which commits them. Run again, it gives the same rows.
"""

import datetime as dt
import hashlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features import tiles, windows
from features.calendar import grid
from features.entities import FEATURE_SETS
from features.feature import FeatureSet
from jobs import note, step
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.settings import settings
from jobs.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    parser = step.range_parser(__doc__)
    parser.add_argument("--training", action="store_true", help="as of the weekly training days up to --ds")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    lake = Lake(places.lake, args.run_id)
    as_ofs = as_of_days(lake, step.days_of(args), args.training)
    if not as_ofs:
        step.say(f"{args.ds}: too little history for a training row, no features to build")
        return
    build(session(places, args.run_id), lake, as_ofs)


def as_of_days(lake: Lake, days: Sequence[dt.date], training: bool) -> list[dt.date]:
    """The days that features are asked for.

    Raises:
        Refused: the last day was never ingested.
    """
    known = lake.days("orders")
    if days[-1] not in known:
        raise Refused(f"orders, {days[-1]}: not in the lake. Expected the day to be ingested first: "
                      f"make nightly DS={days[-1]}")
    return grid(known[0], days[-1]) if training else list(days)


def build(spark: "SparkSession", lake: Lake, as_ofs: Sequence[dt.date]) -> None:
    """Write and stage tiles and features of every entity as of the given days."""
    for entity, feature_set in FEATURE_SETS.items():
        history = _history(spark, lake, feature_set, as_ofs)
        frame = windows.as_of(history, feature_set, as_ofs)
        written = lake.write(frame, f"{entity}_features", as_ofs, key=feature_set.id,
                             note={"feature_set": feature_set.hash})
        lake.stage(written)
        note.add(lake, "feature_sets", {entity: feature_set.hash})
        step.say(f"{entity}: {written.rows:,} rows of {len(feature_set.columns)} features, "
                 f"as of {len(as_ofs)} day{'s' * (len(as_ofs) > 1)}, definitions {feature_set.hash}")


def _history(spark: "SparkSession", lake: Lake, feature_set: FeatureSet,
             as_ofs: Sequence[dt.date]) -> windows.History:
    needed = step.days_between(windows.first_tile(as_ofs), max(as_ofs))
    made_from = {day: source for day in needed if (source := fingerprint(lake, feature_set, day))}
    there = lake.tags(f"{feature_set.entity}_tiles", "made_from")
    stale = [day for day in made_from if there.get(day) != made_from[day]]
    fresh = [day for day in made_from if day not in set(stale)]
    frames = _new_tiles(spark, lake, feature_set, stale, made_from)
    for kind in frames:
        if fresh and lake.has(f"{feature_set.entity}_{kind}"):
            old = lake.read(spark, f"{feature_set.entity}_{kind}", fresh)
            frames[kind] = old.unionByName(frames[kind], allowMissingColumns=True)
    accounts = feature_set.account.name
    return windows.History(
        frames["tiles"], frames["values"],
        lake.read(spark, accounts, [d for d in lake.days(accounts) if d <= max(as_ofs)])
        if lake.has(accounts) else None,
        {table.name: min(days) for table in feature_set.sources if (days := lake.days(table.name))})


def fingerprint(lake: Lake, feature_set: FeatureSet, day: dt.date) -> str | None:
    """What the tiles of a day are made of: the definitions and the very files of its events.

    None for a day without events.
    """
    files = [f"{table.name}/{path}" for table in feature_set.sources
             for paths in lake.files(table.name, [day]).values() for path in paths]
    return hashlib.sha256("\n".join([feature_set.hash, *files]).encode()).hexdigest()[:16] if files else None


def _new_tiles(spark: "SparkSession", lake: Lake, feature_set: FeatureSet, stale: list[dt.date],
               made_from: dict[dt.date, str]) -> dict[str, "DataFrame"]:
    """Tiles and values of the stale days: written, staged, and read back from their files."""
    events = {t.name: lake.read(spark, t.name, stale) for t in feature_set.sources if lake.has(t.name)}
    frames = {"tiles": tiles.tiles(events, feature_set), "values": tiles.values(events, feature_set)}
    if not stale:
        return frames
    for kind, frame in frames.items():
        table = f"{feature_set.entity}_{kind}"
        written = lake.write(_marked(frame, made_from, stale), table, stale, key=feature_set.id,
                             tag="made_from")
        lake.stage(written)
        frames[kind] = lake.written_frame(spark, written) if written.files else frame
    return frames


def _marked(frame: "DataFrame", made_from: dict[dt.date, str], days: list[dt.date]) -> "DataFrame":
    from pyspark.sql import functions as F

    marks = F.create_map(*[F.lit(part) for day in days for part in (day, made_from[day])])
    return frame.withColumn("made_from", marks[F.col("ds")])


if __name__ == "__main__":
    sys.exit(step.run(main))
