"""What windows hold as of one day: totals, extremes and distinct counts, by aggregates with a condition each.

As of one day a tile is in a window or it is not, and no row need be laid out or leave the engine. As of several,
`features.aggregation.windows_multi_day` looks at each row once for all of them.
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


def aggregate_windows(tiles: DataFrame, values: DataFrame | None, span: DayRange, features: FeatureSet,
                      as_ofs: Sequence[dt.date]) -> DataFrame:
    """Every `Feature` of a set over its windows, as of the one day that is given, in any number of copies.

    Arguments and rows are those of `features.aggregation.windows_multi_day.aggregate_windows`, but that counts and sums of nothing may be null.
    """
    as_of, = set(as_ofs)
    rows = _totals(tiles, features, as_of)
    if values is None:
        counted = [column for f in features.distinct_features for column in f.columns]
        rows = rows.select("*", *[F.lit(0).cast("bigint").alias(column) for column in counted])
    else:
        rows = rows.join(_counts(values, span, features, as_of), features.id, "left")
    return rows.withColumn("as_of", F.lit(as_of))


def _totals(tiles: DataFrame, features: FeatureSet, as_of: dt.date) -> DataFrame:
    """(entity id, the columns of every Feature that is no distinct count, has_events).

    Most windows are a month or less, and most days before it: these are added up by themselves, for the few columns
    that ask for them. What comes of both parts is added as two tiles would be.
    """
    longest = max([LOOKBACK_DAYS, *(window for f in features.tile_features for window in f.windows)])
    reached = tiles.where((F.col("ds") <= F.lit(as_of)) & _since(as_of, longest))
    month = _since(as_of, MONTH)
    parts = [_of_ages(reached.where(month), features, as_of, 0, MONTH),
             _of_ages(reached.where(~month), features, as_of, MONTH, LIFETIME)]
    totals = [combine_partials(f, F.col(column)).alias(column) for f in features.tile_features for column in f.columns]
    # The newest day, not whether any day is new: an engine may be slow to take the largest of truths.
    return (union_by_name(parts).groupBy(features.id).agg(F.max("newest").alias("newest"), *totals)
            .withColumn("has_events", F.col("newest") > _before(as_of, LOOKBACK_DAYS)).drop("newest"))


def _of_ages(tiles: DataFrame, features: FeatureSet, as_of: dt.date, past: int, until: int) -> DataFrame:
    """(entity id, newest = the last day, the columns of windows that reach past an age).

    Args:
        tiles: those of an age in days from `past` on and below `until`.
    """
    columns = [combine_partials(f, F.col(f.name) if window >= until else F.when(_since(as_of, window), F.col(f.name)))
               .alias(column) for f in features.tile_features for window, column in zip(f.windows, f.columns)
               if window > past]
    return tiles.groupBy(features.id).agg(F.max("ds").alias("newest"), *columns)


def _since(as_of: dt.date, window: int) -> Column:
    return F.col("ds") > _before(as_of, window)


def _before(as_of: dt.date, window: int) -> Column:
    """The day before a window begins."""
    return F.lit(as_of - dt.timedelta(days=window))


def _counts(values: DataFrame, span: DayRange, features: FeatureSet, as_of: dt.date) -> DataFrame:
    """(entity id, the columns of every distinct count): how many values have a day in the window."""
    return values.groupBy(features.id).agg(
        *[
            F.count(
                F.when(
                    (F.col("feature_id") == features.distinct_feature_ids[f.name])
                    & overlaps_column(span, span.window(as_of, window)),
                    1,
                )
            ).alias(column)
            for f in features.distinct_features
            for window, column in zip(f.windows, f.columns)
        ]
    )
