"""Features of orders as of the moment each was placed: what their declarations `at="event"` mean, in Spark.

At a moment, a row of the past is seen if it happened by then and had arrived by the end of that day; so what arrives
later changes nothing, and an order that arrives late itself is told nothing that was not known when it was placed.
The order itself always counts. Rows that happened at the very same moment count too.

For each identifier that features go `by`, the rows that share it with a chosen order, and may lie in a window of
one, are brought together and looked at by `features.aggregation.intervals`; an order's columns are then put side by side. No row is
multiplied by what a window holds.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.aggregation import intervals
from features.aggregation.derived import derived_columns
from features.frames import partition_udf
from features.frames.union import union_all
from features.labels import precedence
from features.language.feature import Attribute, Change, Feature, Ratio, RelativeToHistory, key_of
from features.language.feature_set import FeatureSet

SECOND = 1_000_000  # times are whole microseconds
DAY = 86_400 * SECOND
NEVER = np.iinfo(np.int64).max

TIME_AGGREGATIONS = ("first", "last")  # measures of when, not of what: the row itself is none of those before

ORDER_KEY = ("order_id", "ds")  # an order's identifier may come again a week later, as another order


@dataclass(frozen=True)
class ColumnSpec:
    """One feature over one window, as the workers are told of it: times in microseconds."""

    column: str
    values: str
    aggregation: str
    delay: int
    window: int
    includes_own_row: bool  # whether the row itself counts, although nobody else knows of it yet


def point_in_time_features(orders: DataFrame, verdicts: DataFrame | None, chosen: Column,
                           features: FeatureSet) -> DataFrame:
    """Features of some orders as of the moment each was placed.

    Args:
        orders: rows of the table `orders` that windows may reach, with `ds`.
        verdicts: rows of the table `verdicts` that arrived in that time; None where none ever did.
        chosen: a condition over `orders`: those whose features are wanted.
        features: a set of `Account`, `Ratio`, `Against`, `Change`, and of `Feature` at an event of the orders.

    Returns:
        (order_id, ds, `features.passthrough_columns`, `features.slice_columns`, `features.columns`), one row per chosen order.
    """
    looked_at, accounts = orders.where(chosen), features.of_type(Attribute)
    kept = (*ORDER_KEY, *features.passthrough_columns, *features.slice_columns)
    rows = looked_at.select(*kept, *[F.expr(d.value).cast("bigint").alias(d.name) for d in accounts])
    for by in dict.fromkeys(f.by for f in features.of_type(Feature)):
        rows = rows.join(_features_by_identifier(orders, verdicts, chosen, features, by), list(ORDER_KEY), "left")
    known = rows.select(*kept, *[d.name for d in accounts], *_feature_columns(features, verdicts is not None))
    derived = known.select("*", *derived_columns(features, Ratio))
    return (derived.select("*", *derived_columns(features, RelativeToHistory), *derived_columns(features, Change))
            .select(*kept, *features.columns))


def confirmed_intervals(verdicts: DataFrame, risk: str) -> DataFrame:
    """When orders stood confirmed of a risk: (order_id, known, until), in microseconds, one row a time.

    A decision is known from when it was taken, or from the first moment of the day on which it arrived if that is
    later. From then until the next one is known, the latest decision of all that are known stands: one that arrives
    late undoes none that was taken after it.
    """
    decided = verdicts.where((F.col("entity") == "order") & (F.col("risk") == risk)).select(
        F.col("entity_id").alias("order_id"), _available_at("decided_at").alias("known"),
        F.struct(precedence().alias("order"), "confirmed").alias("decision"))
    latest = decided.groupBy("order_id", "known").agg(F.max("decision").alias("decision"))
    by_then = Window.partitionBy("order_id").orderBy("known")
    return (latest.withColumn("until", F.coalesce(F.lead("known").over(by_then), F.lit(NEVER)))
            .withColumn("stands", F.max("decision").over(by_then)["confirmed"])
            .where("stands").select("order_id", "known", "until"))


def _available_at(event_time: str) -> Column:
    """When a row could be known: when it happened, or at the beginning of the day it arrived if that is later."""
    return F.greatest(F.unix_micros(event_time), F.unix_micros(F.col("ds").cast("timestamp")))


def _features_by_identifier(orders: DataFrame, verdicts: DataFrame | None, chosen: Column, features: FeatureSet,
                            by: str) -> DataFrame:
    """(order_id, ds, the columns of the features that go by an identifier), for the chosen orders that have one."""
    wanted = [f for f in features.of_type(Feature) if f.by == by and (verdicts is not None or not f.risk)]
    asked = [ColumnSpec(column, key_of(f), f.aggregation, f.delay * DAY, window * DAY,
                        includes_own_row=not (f.delay or f.risk or f.aggregation == "last"))
             for f in wanted for window, column in zip(f.windows, f.columns)]
    placed = _within_reach(orders, chosen, by, max(each.delay + each.window for each in asked))
    rows = union_all(list(_rows(placed, verdicts, chosen, wanted, by)))
    shape = "order_id string, ds date, " + ", ".join(f"{each.column} bigint" for each in asked)
    return rows.repartition("key").mapInArrow(
        partition_udf.partition_udf(partial(compute_partition, asked=asked), intervals, sys.modules[__name__]), shape)


def _within_reach(orders: DataFrame, chosen: Column, by: str, reach: int) -> DataFrame:
    """The orders that share an identifier with a chosen one and were placed at most `reach` microseconds before it.

    Most of a month's buyers and cards are not seen on a day, and a single order that arrives weeks late would
    otherwise bring all shops' orders of those weeks along.
    """
    since = (orders.where(chosen & F.col(by).isNotNull()).groupBy(by)
             .agg(F.min(F.unix_micros("ordered_at")).alias("since")))
    return orders.join(since, [by]).where(F.unix_micros("ordered_at") > F.col("since") - F.lit(reach)).drop("since")


def _rows(placed: DataFrame, verdicts: DataFrame | None, chosen: Column, wanted: Sequence[Feature],
          by: str) -> Iterator[DataFrame]:
    """What the workers need of rows: (order_id, ds, key, at, known, until, asked, a column per feature).

    Orders as they are, and once more for each risk, for as long as they stood confirmed of it.
    """
    facts = [F.col(by).alias("key"), F.unix_micros("ordered_at").alias("at")]
    yield placed.select(*ORDER_KEY, *facts, _available_at("ordered_at").alias("known"), F.lit(NEVER).alias("until"),
                        chosen.alias("asked"), *_values(wanted, risk=""))
    for risk in dict.fromkeys(f.risk for f in wanted if f.risk):
        # The order may arrive after the verdict on it.
        confirmed = placed.join(confirmed_intervals(verdicts, risk), "order_id")
        yield confirmed.select(
            *ORDER_KEY, *facts, F.greatest("known", _available_at("ordered_at")).alias("known"), "until",
            F.lit(False).alias("asked"), *_values(wanted, risk))


def _values(wanted: Sequence[Feature], risk: str) -> list[Column]:
    """A column per feature, of which those of other risks see nothing in the row."""
    return [(_value(f) if f.risk == risk else F.lit(None).cast(_value_type(f))).alias(key_of(f)) for f in wanted]


def _value(feature: Feature) -> Column:
    """What a row adds to a feature: null where it does not count."""
    if feature.aggregation in TIME_AGGREGATIONS:
        value = F.unix_micros("ordered_at")
    else:
        value = F.lit(1) if feature.aggregation == "count" else F.expr(feature.expression)
    value = value.cast(_value_type(feature))
    return value if feature.where is None else F.when(F.expr(feature.where), value)


def _value_type(feature: Feature) -> str:
    return "string" if feature.aggregation == "distinct" else "bigint"


def _feature_columns(features: FeatureSet, decided: bool) -> list[Column]:
    """The features at an event, null where nothing was ever decided. Of nobody, such as a guest, nothing is known."""
    columns = []
    for f in features.of_type(Feature):
        unknown = f.risk and not decided
        columns += [F.lit(None).cast("bigint").alias(c) if unknown else F.col(c) for c in f.columns]
    return columns


def compute_partition(rows: pa.Table, asked: Sequence[ColumnSpec]) -> pa.Table:
    """The columns asked for, of the rows that ask: (order_id, ds, columns), all rows of their keys given."""
    asks = rows["asked"].to_numpy()
    key = partition_udf.dictionary_codes(rows["key"])
    at, known, until = (rows[name].to_numpy() for name in ("at", "known", "until"))
    moments = intervals.QueryTimes(key[asks], at[asks])
    number = np.cumsum(asks) - 1  # which of the moments a row that asks is
    earliest, latest = (extreme[key] for extreme in _extremes(key[asks], at[asks], key.max(initial=-1) + 1))
    columns = {}
    for each in asked:
        counts = rows[each.values].is_valid().to_numpy()
        itself = each.aggregation in TIME_AGGREGATIONS and not each.delay  # would otherwise count, at its own moment
        began = np.maximum(at + each.delay + itself, known)
        ended = np.minimum(at + each.delay + each.window, until)
        # Most rows of a month are in no window of a day: they are left out before anything is sorted or looked up.
        place = np.flatnonzero(counts & (ended > earliest) & (began <= latest))
        ranges = moments.ranges(key[place], began[place], ended[place])
        if each.includes_own_row and len(late := np.flatnonzero(counts & asks & (known > at))):
            place = np.concatenate([place, late])
            ranges = intervals.concatenate([ranges, moments.single_positions(number[late])])
        columns[each.column] = _aggregate(each, ranges, rows[each.values].take(place), key[place], moments, at[asks])
    chosen = rows.filter(rows["asked"])
    return pa.table({name: chosen[name] for name in ORDER_KEY} | columns)


def _extremes(key: np.ndarray, at: np.ndarray, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The earliest and the latest moment of each key; of one without, moments that nothing lies between."""
    earliest, latest = np.full(keys, NEVER), np.full(keys, -NEVER)
    np.minimum.at(earliest, key, at)
    np.maximum.at(latest, key, at)
    return earliest, latest


def _aggregate(each: ColumnSpec, ranges: intervals.PositionRanges, values: pa.ChunkedArray, owner: np.ndarray,
               moments: intervals.QueryTimes, at: np.ndarray) -> pa.Array:
    """One feature at every moment, in the order in which these were given."""
    count = len(moments)
    if each.aggregation == "distinct":
        return pa.array(moments.in_input_order(intervals.count_distinct_over(ranges, owner,
                                                                             partition_udf.dictionary_codes(values),
                                                                             count)))
    number = values.to_numpy()
    if each.aggregation in ("count", "sum"):
        return pa.array(moments.in_input_order(intervals.sum_over(ranges, number, count)))
    sign = -1 if each.aggregation in ("min", "first") else 1
    found = moments.in_input_order(intervals.max_over(ranges, sign * number, count))
    nothing = found == intervals.NO_VALUE
    found = (at - sign * found) // SECOND if each.aggregation in TIME_AGGREGATIONS else sign * found
    return pa.array(found, mask=nothing)
