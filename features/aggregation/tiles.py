"""Tiles: what one arrival day adds to an entity, so that a window never reads raw events again.

A tile depends on the events of its own day alone. Tiles are rows (entity, ds, table of events) with
one partial aggregate a feature; distinct counts cannot be added up, so the values themselves are
kept beside them, by their numbers, as rows (entity, ds, feature_id, value_hash).
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

TILE_FORMAT_VERSION = "4"  # of the rows below: another one makes tiles anew


def tiles(events: Mapping[str, DataFrame], features: FeatureSet) -> DataFrame | None:
    """Partial aggregates of each entity, arrival day and table.

    Args:
        events: frames of clean events by source name, each with `ds`; missing ones left out.
        features: whose partial aggregates.

    Returns:
        (entity id, ds, source = the table's name, one column per feature that is not a distinct
        count, null in the rows of other tables), or None without any table.
    """
    return _union([_of_table(events[table.name], table, features)
                   for table in features.sources if table.name in events])


def values(events: Mapping[str, DataFrame], features: FeatureSet) -> DataFrame | None:
    """The values that distinct counts are made of: (entity id, ds, feature_id, value_hash), each once.

    `feature_id` stands for the feature as `FeatureSet.distinct_feature_ids` has it, `value_hash` for the value: what engines group by is to
    be whole numbers (`features.frames.hashing`). Null values are not counted and not kept.
    """
    parts = [_values_of_table(events[table.name], table, features)
             for table in features.sources if table.name in events and of_source(table, features.distinct_features)]
    return _union(parts)


def _of_table(df: DataFrame, table: Source, features: FeatureSet) -> DataFrame:
    """Every column, also those of other tables: a tile's shape does not depend on the data."""
    own = of_source(table, features.tile_features)
    columns = [F.col(f.name) if f in own else F.lit(None).cast("date" if f.aggregation in ("first",
                                                                                           "last") else "bigint")
               .alias(f.name) for f in features.tile_features]
    return (df.where(F.col(features.id).isNotNull())
            .groupBy(features.id, "ds")
            .agg(F.lit(table.name).alias("source"), *[partial_aggregate(f).alias(f.name) for f in own])
            .select(features.id, "ds", "source", *columns))


def partial_aggregate(feature: Feature) -> Column:
    """The aggregate of one day: null where nothing matched, but for counts, which are 0."""
    # A condition that is null is not met.
    met = F.expr(f"coalesce({feature.where}, false)") if feature.where else F.lit(True)
    if feature.aggregation == "count":
        return F.count(F.when(met, 1))
    if feature.aggregation in ("first", "last"):
        happened = F.when(met, F.expr(f"CAST({feature.source.event_time} AS date)"))
        return F.min(happened) if feature.aggregation == "first" else F.max(happened)
    amount = F.when(met, F.expr(feature.expression).cast("bigint"))
    return {"sum": F.sum, "min": F.min, "max": F.max}[feature.aggregation](amount)


def combine_partials(feature: Feature, column: Column) -> Column:
    """The aggregate of several tiles' partial aggregates, `column`, of a feature that is not a distinct count."""
    return {"count": F.sum, "sum": F.sum, "min": F.min, "max": F.max, "first": F.min, "last": F.max}[
        feature.aggregation](column)


def roll_up_tiles(tiles: DataFrame, features: FeatureSet, last: dt.date) -> DataFrame:
    """Tiles of many days, none later than `last`, as one of that day: the columns that look at a lifetime alone.

    Returns:
        (entity id, ds = `last`, source, one column per feature of `features.lifetime_features`).
    """
    return _sum_tiles(tiles.withColumn("ds", F.lit(last)), features, features.lifetime_features)


def month_tiles(tiles: DataFrame, features: FeatureSet) -> DataFrame:
    """Tiles of whole months, each month as one of its last day: the columns that look further back than a month alone.

    Returns:
        (entity id, ds = the last day of the month, source, one column per feature of `features.tile_features_beyond_a_month`).
    """
    return _sum_tiles(tiles.withColumn("ds", F.last_day("ds")), features, features.tile_features_beyond_a_month)


def _sum_tiles(tiles: DataFrame, features: FeatureSet, some: Sequence[Feature]) -> DataFrame:
    totals = [combine_partials(f, F.col(f.name)).alias(f.name) for f in some]
    return (tiles.groupBy(features.id, "ds", "source").agg(*totals)
            .select(features.id, "ds", "source", *[f.name for f in some]))


def month_values(values: DataFrame, features: FeatureSet) -> DataFrame:
    """The values of whole months that are looked at for longer, each once a month, with its days as bits.

    Most of these come again: of accounts' devices, addresses and payments a month has a quarter of the rows of its
    days. Those that are looked at for a month or less come again seldom, and of their months only a part is asked for.

    Args:
        values: as `values` makes them.

    Returns:
        (entity id, ds = the last day of the month, feature_id, value_hash, day_bits: bit 0 is the first of the month), of the
        places of `features.distinct_features_beyond_a_month`.
    """
    by = [F.col(features.id), F.last_day("ds").alias("ds"), F.col("feature_id"), F.col("value_hash")]
    return (values.where(needed_beyond_a_month(features)).groupBy(*by)
            .agg(F.bit_or(single_bit(F.dayofmonth("ds") - 1)).alias("day_bits")))


def needed_beyond_a_month(features: FeatureSet) -> Column:
    """Whether a row of values is of a distinct count that looks further back than a month."""
    return F.col("feature_id").isin(
        [features.distinct_feature_ids[f.name] for f in features.distinct_features_beyond_a_month]
    )


def _values_of_table(df: DataFrame, table: Source, features: FeatureSet) -> DataFrame:
    counted = of_source(table, features.distinct_features)
    places = F.array(*[F.lit(features.distinct_feature_ids[f.name]) for f in counted])
    return (df.where(F.col(features.id).isNotNull())
            .select(features.id, "ds", F.posexplode(F.array(*map(_value, counted))).alias("n", "value_hash"))
            .where(F.col("value_hash").isNotNull())
            .select(features.id, "ds", F.get(places, F.col("n")).alias("feature_id"), "value_hash")
            .distinct())


def _value(feature: Feature) -> Column:
    met = F.expr(f"coalesce({feature.where}, false)") if feature.where else F.lit(True)
    return F.when(met, hash64(F.expr(feature.expression)))


def _union(parts: list[DataFrame]) -> DataFrame | None:
    return union_all(parts) if parts else None
