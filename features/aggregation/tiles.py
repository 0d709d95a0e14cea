"""Tiles: partial aggregates of one entity and one arrival day. Windows sum tiles and never read raw events again.

A tile depends on the events of its own day alone. A tile is a row (entity, ds, source) with one partial aggregate per
feature. Distinct counts do not add up: their values are stored beside the tiles, as rows (entity, ds, feature_id,
value_hash).
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.frames.day_bitmap import single_bit
from features.frames.hashing import hash64
from features.frames.union import union_all
from features.inputs.contract import Source
from features.language.feature import Feature, of_source
from features.language.feature_set import FeatureSet

TILE_FORMAT_VERSION = "4"  # of the rows below; a new version rebuilds every tile


def tiles(events: Mapping[str, DataFrame], features: FeatureSet) -> DataFrame | None:
    """Return the partial aggregates of each entity, arrival day and source.

    Args:
        events: frames of clean events by source name, each with `ds`, without the sources that never arrived.
        features: declares the aggregates.

    Returns:
        (entity id, ds, source = the source's name, one column per feature that is no distinct count, null in rows of
        other sources), one row per entity, day and source; None without any source.
    """
    return _union([_of_table(events[table.name], table, features)
                   for table in features.sources if table.name in events])


def values(events: Mapping[str, DataFrame], features: FeatureSet) -> DataFrame | None:
    """Return the values of distinct counts as (entity id, ds, feature_id, value_hash), each row once.

    `feature_id` stands for the feature, see `FeatureSet.distinct_feature_ids`. `value_hash` stands for the value:
    engines group whole numbers faster (`features.frames.hashing`). Null values are not counted and not stored.

    Returns:
        None where no source of a distinct count arrived.
    """
    parts = [_values_of_table(events[table.name], table, features)
             for table in features.sources if table.name in events and of_source(table, features.distinct_features)]
    return _union(parts)


def _of_table(df: DataFrame, source: Source, features: FeatureSet) -> DataFrame:
    """Return the tiles of one source, with the columns of every source.

    The schema of a tile does not depend on the data.
    """
    of_this_source = of_source(source, features.tile_features)
    columns = [F.col(f.name) if f in of_this_source
               else F.lit(None).cast("date" if f.aggregation in ("first", "last") else "bigint").alias(f.name)
               for f in features.tile_features]
    return (df.where(F.col(features.id).isNotNull())
            .groupBy(features.id, "ds")
            .agg(F.lit(source.name).alias("source"), *[partial_aggregate(f).alias(f.name) for f in of_this_source])
            .select(features.id, "ds", "source", *columns))


def partial_aggregate(feature: Feature) -> Column:
    """Return the aggregate of one day: null without a matching row, except for counts, which are 0."""
    # A row whose condition is null does not count.
    matches = F.expr(f"coalesce({feature.where}, false)") if feature.where else F.lit(True)
    if feature.aggregation == "count":
        return F.count(F.when(matches, 1))
    if feature.aggregation in ("first", "last"):
        happened = F.when(matches, F.expr(f"CAST({feature.source.event_time} AS date)"))
        return F.min(happened) if feature.aggregation == "first" else F.max(happened)
    amount = F.when(matches, F.expr(feature.expression).cast("bigint"))
    return {"sum": F.sum, "min": F.min, "max": F.max}[feature.aggregation](amount)


def combine_partials(feature: Feature, column: Column) -> Column:
    """Return the aggregate of several tiles' partial aggregates of one feature, which is no distinct count.

    Args:
        column: the partial aggregates.
    """
    return {"count": F.sum, "sum": F.sum, "min": F.min, "max": F.max, "first": F.min, "last": F.max}[
        feature.aggregation](column)


def roll_up_tiles(tiles: DataFrame, features: FeatureSet, last: dt.date) -> DataFrame:
    """Return lifetime tiles: many days' tiles as one tile of the day `last`, for the features with a lifetime window.

    Args:
        tiles: of days up to `last`.

    Returns:
        (entity id, ds = `last`, source, one column per feature of `features.lifetime_features`), one row per entity and
        source.
    """
    return _sum_tiles(tiles.withColumn("ds", F.lit(last)), features, features.lifetime_features)


def month_tiles(tiles: DataFrame, features: FeatureSet) -> DataFrame:
    """Return month tiles: each month's tiles as one tile of its last day, for the features that look back over a month.

    Args:
        tiles: of complete months.

    Returns:
        (entity id, ds = the last day of the month, source, one column per feature of
        `features.tile_features_beyond_a_month`), one row per entity, month and source.
    """
    return _sum_tiles(tiles.withColumn("ds", F.last_day("ds")), features, features.tile_features_beyond_a_month)


def _sum_tiles(tiles: DataFrame, features: FeatureSet, summed: Sequence[Feature]) -> DataFrame:
    totals = [combine_partials(f, F.col(f.name)).alias(f.name) for f in summed]
    return (tiles.groupBy(features.id, "ds", "source").agg(*totals)
            .select(features.id, "ds", "source", *[f.name for f in summed]))


def month_values(values: DataFrame, features: FeatureSet) -> DataFrame:
    """Return each value of complete months once a month, with its days as a bitmap.

    Only distinct counts that look back over a month are stored by month. Most of their values repeat: the devices,
    addresses and payments of accounts have a quarter as many rows by month as by day. Values of shorter windows repeat
    seldom, and a window reads only part of their month.

    Args:
        values: the rows of `values`.

    Returns:
        (entity id, ds = the last day of the month, feature_id, value_hash, day_bits = bigint, bit 0 is the first of the
        month), for the features of `features.distinct_features_beyond_a_month`.
    """
    by = [F.col(features.id), F.last_day("ds").alias("ds"), F.col("feature_id"), F.col("value_hash")]
    return (values.where(needed_beyond_a_month(features)).groupBy(*by)
            .agg(F.bit_or(single_bit(F.dayofmonth("ds") - 1)).alias("day_bits")))


def needed_beyond_a_month(features: FeatureSet) -> Column:
    """Return whether a row of values belongs to a distinct count that looks back over a month."""
    return F.col("feature_id").isin(
        [features.distinct_feature_ids[f.name] for f in features.distinct_features_beyond_a_month])


def _values_of_table(df: DataFrame, source: Source, features: FeatureSet) -> DataFrame:
    counted = of_source(source, features.distinct_features)
    feature_ids = F.array(*[F.lit(features.distinct_feature_ids[f.name]) for f in counted])
    return (df.where(F.col(features.id).isNotNull())
            .select(features.id, "ds", F.posexplode(F.array(*map(_value, counted))).alias("n", "value_hash"))
            .where(F.col("value_hash").isNotNull())
            .select(features.id, "ds", F.get(feature_ids, F.col("n")).alias("feature_id"), "value_hash")
            .distinct())


def _value(feature: Feature) -> Column:
    matches = F.expr(f"coalesce({feature.where}, false)") if feature.where else F.lit(True)
    return F.when(matches, hash64(F.expr(feature.expression)))


def _union(parts: list[DataFrame]) -> DataFrame | None:
    return union_all(parts) if parts else None
