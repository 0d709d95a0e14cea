"""Windows as of one day: sums, extremes and distinct counts by one aggregate with a condition per window.

As of one day a tile is either in a window or not. One GROUP BY with CASE conditions is therefore enough, and no row
leaves the engine. As of several days, `features.aggregation.windows_multi_day` reads each row once for all of them.
"""

import datetime as dt
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.aggregation.tiles import combine_partials
from features.frames.day_bitmap import DayRange, overlaps_column
from features.frames.union import union_by_name
from features.language.feature import LIFETIME, LOOKBACK_DAYS
from features.language.feature_set import FeatureSet

MONTH = 30  # days


def aggregate_windows(tiles: DataFrame, values: DataFrame | None, day_range: DayRange, features: FeatureSet,
                      as_ofs: Sequence[dt.date]) -> DataFrame:
    """Return every `Feature` of a set over its windows, as of one day.

    Arguments and rows are those of `features.aggregation.windows_multi_day.aggregate_windows`, with one difference:
    counts and sums over no rows may be null.

    Args:
        as_ofs: one day, which may be repeated.
    """
    as_of, = set(as_ofs)
    rows = _totals(tiles, features, as_of)
    if values is None:
        counted = [column for f in features.distinct_features for column in f.columns]
        rows = rows.select("*", *[F.lit(0).cast("bigint").alias(column) for column in counted])
    else:
        rows = rows.join(_counts(values, day_range, features, as_of), features.id, "left")
    return rows.withColumn("as_of", F.lit(as_of))


def _totals(tiles: DataFrame, features: FeatureSet, as_of: dt.date) -> DataFrame:
    """Return (entity id, the columns of every `Feature` that is no distinct count, has_events), one row per entity.

    Most windows are a month or shorter, and most tiles are older than a month. The older tiles are aggregated by
    themselves, for the few columns that read them. Both parts are then combined like two tiles.
    """
    longest = max([LOOKBACK_DAYS, *(window for f in features.tile_features for window in f.windows)])
    tiles_in_reach = tiles.where((F.col("ds") <= F.lit(as_of)) & _since(as_of, longest))
    month = _since(as_of, MONTH)
    parts = [_of_ages(tiles_in_reach.where(month), features, as_of, 0, MONTH),
             _of_ages(tiles_in_reach.where(~month), features, as_of, MONTH, LIFETIME)]
    totals = [combine_partials(f, F.col(column)).alias(column) for f in features.tile_features for column in f.columns]
    # MAX over dates, not over booleans: MAX over booleans is slow on Sail.
    return (union_by_name(parts).groupBy(features.id).agg(F.max("newest").alias("newest"), *totals)
            .withColumn("has_events", F.col("newest") > _before(as_of, LOOKBACK_DAYS)).drop("newest"))


def _of_ages(tiles: DataFrame, features: FeatureSet, as_of: dt.date, from_age: int, to_age: int) -> DataFrame:
    """Return (entity id, newest = the last day, the columns of windows longer than `from_age`), one row per entity.

    Args:
        tiles: whose age in days is from `from_age` to before `to_age`.
    """
    columns = [combine_partials(f, F.col(f.name) if window >= to_age else F.when(_since(as_of, window), F.col(f.name)))
               .alias(column) for f in features.tile_features for window, column in zip(f.windows, f.columns)
               if window > from_age]
    return tiles.groupBy(features.id).agg(F.max("ds").alias("newest"), *columns)


def _since(as_of: dt.date, window: int) -> Column:
    """Return whether a row lies in a window."""
    return F.col("ds") > _before(as_of, window)


def _before(as_of: dt.date, window: int) -> Column:
    """Return the day before a window begins."""
    return F.lit(as_of - dt.timedelta(days=window))


def _counts(values: DataFrame, day_range: DayRange, features: FeatureSet, as_of: dt.date) -> DataFrame:
    """Return (entity id, the columns of every distinct count): how many values have a day in the window."""
    return values.groupBy(features.id).agg(*[
        F.count(F.when((F.col("feature_id") == features.distinct_feature_ids[f.name])
                       & overlaps_column(day_range, day_range.window(as_of, window)), 1)).alias(column)
        for f in features.distinct_features for window, column in zip(f.windows, f.columns)])
