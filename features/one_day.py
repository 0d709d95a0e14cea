"""What windows hold as of one day: totals, extremes and distinct counts, by aggregates with a condition each.

As of one day a tile is in a window or it is not, and no row need be laid out or leave the engine. As of several,
`features.aggregates` looks at each row once for all of them.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.arrivals import Span, inside
from features.feature import LIFETIME, LONGEST, Feature, FeatureSet
from features.tiles import combined

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def over_windows(tiles: "DataFrame", values: "DataFrame | None", span: Span, features: FeatureSet,
                 as_ofs: Sequence[dt.date]) -> "DataFrame":
    """Every `Feature` of a set over its windows, as of the one day that is given, in any number of copies.

    Arguments and rows are those of `features.aggregates.over_windows`, but that counts and sums of nothing may be null.
    """
    from pyspark.sql import functions as F

    as_of, = set(as_ofs)
    rows = _totals(tiles, features, as_of)
    if values is None:
        counted = [column for f in features.of_kind(Feature) if f.measure == "distinct" for column in f.columns]
        rows = rows.select("*", *[F.lit(0).cast("bigint").alias(column) for column in counted])
    else:
        rows = rows.join(_counts(values, span, features, as_of), features.id, "left")
    return rows.withColumn("as_of", F.lit(as_of))


def _totals(tiles: "DataFrame", features: FeatureSet, as_of: dt.date) -> "DataFrame":
    """(entity id, the columns of every Feature that is no distinct count, has_events)."""
    from pyspark.sql import functions as F

    added = [f for f in features.of_kind(Feature) if f.measure != "distinct"]
    longest = max(LONGEST, *(window for f in added for window in f.windows))
    totals = [combined(f, F.col(f.name) if window == LIFETIME else F.when(_since(as_of, window), F.col(f.name)))
              .alias(column) for f in added for window, column in zip(f.windows, f.columns)]
    # The newest day, not whether any day is new: an engine may be slow to take the largest of truths.
    return (tiles.where((F.col("ds") <= F.lit(as_of)) & _since(as_of, longest))
            .groupBy(features.id).agg(F.max("ds").alias("newest"), *totals)
            .withColumn("has_events", F.col("newest") > _before(as_of, LONGEST)).drop("newest"))


def _since(as_of: dt.date, window: int) -> "Column":
    from pyspark.sql import functions as F

    return F.col("ds") > _before(as_of, window)


def _before(as_of: dt.date, window: int) -> "Column":
    """The day before a window begins."""
    from pyspark.sql import functions as F

    return F.lit(as_of - dt.timedelta(days=window))


def _counts(values: "DataFrame", span: Span, features: FeatureSet, as_of: dt.date) -> "DataFrame":
    """(entity id, the columns of every distinct count): how many values have a day in the window."""
    from pyspark.sql import functions as F

    return values.groupBy(features.id).agg(*[
        F.count(F.when((F.col("field") == f.name) & inside(span, span.window(as_of, window)), 1)).alias(column)
        for f in features.of_kind(Feature) if f.measure == "distinct" for window, column in zip(f.windows, f.columns)])
