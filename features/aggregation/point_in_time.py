"""Point-in-time features: the columns of orders at the moment each was placed, declared with `at="event"`.

An order of the past counts at a moment if it happened by then and had arrived by the end of that day. Rows that arrive
later change nothing, and an order that arrives late uses only rows that were available when it was placed. The order
itself always counts. Rows of the same instant count too.

Each identifier is processed by itself (`Feature.by`). One worker gets the orders that share a value of the identifier
with a chosen order and may lie in one of its windows, and `features.aggregation.intervals` aggregates them. The columns
of all identifiers are then joined on the order. No row is multiplied by the size of a window.
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
from features.risks import AFTER_SALES

SECOND = 1_000_000  # times are whole microseconds
DAY = 86_400 * SECOND
NEVER = np.iinfo(np.int64).max
CASE_KINDS = {risk.name: risk.case_kind for risk in AFTER_SALES}  # all are risks of orders

TIME_AGGREGATIONS = ("first", "last")  # aggregate event times; the current row does not count

ORDER_KEY = ("order_id", "ds")  # an identifier may arrive again a week later, as another order


@dataclass(frozen=True)
class Responses:
    """What is known of orders besides themselves. A table that never arrived is None.

    Attributes:
        verdicts: rows of the table `verdicts` that arrived in the time that windows reach.
        cases: rows of the table `cases` that arrived in that time.
    """

    verdicts: DataFrame | None = None
    cases: DataFrame | None = None

    def has(self, risk: str) -> bool:
        """Return whether the table that features of a risk read ever arrived."""
        return (self.cases if risk in CASE_KINDS else self.verdicts) is not None

    def intervals(self, risk: str) -> DataFrame:
        """Return when orders count for a risk: (order_id, known, until), times in microseconds."""
        return opened_intervals(self.cases, CASE_KINDS[risk]) if risk in CASE_KINDS else confirmed_intervals(
            self.verdicts, risk)


@dataclass(frozen=True)
class ColumnSpec:
    """One feature over one window, as the workers get it. Times are in microseconds."""

    column: str
    values: str
    aggregation: str
    delay: int
    window: int
    includes_own_row: bool  # whether the row itself counts, even before it is available to other rows


def point_in_time_features(orders: DataFrame, responses: Responses, chosen: Column, features: FeatureSet) -> DataFrame:
    """Return the features of chosen orders as of the moment each was placed.

    Args:
        orders: rows of the table `orders` that windows may reach, with `ds`.
        responses: the verdicts and the cases that features with a risk read.
        chosen: a condition over `orders` that selects the orders to compute.
        features: a set of `Attribute`, `Ratio`, `RelativeToHistory`, `Change`, and of `Feature` at an event.

    Returns:
        (order_id, ds, `features.passthrough_columns`, `features.slice_columns`, `features.columns`), one row per chosen
        order.
    """
    chosen_orders, attributes = orders.where(chosen), features.of_type(Attribute)
    passthrough = (*ORDER_KEY, *features.passthrough_columns, *features.slice_columns)
    rows = chosen_orders.select(*passthrough, *[F.expr(d.value).cast("bigint").alias(d.name) for d in attributes])
    for by in dict.fromkeys(f.by for f in features.of_type(Feature)):
        rows = rows.join(_features_by_identifier(orders, responses, chosen, features, by), list(ORDER_KEY), "left")
    base = rows.select(*passthrough, *[d.name for d in attributes], *_feature_columns(features, responses))
    derived = base.select("*", *derived_columns(features, Ratio))
    return (derived.select("*", *derived_columns(features, RelativeToHistory), *derived_columns(features, Change))
            .select(*passthrough, *features.columns))


def confirmed_intervals(verdicts: DataFrame, risk: str) -> DataFrame:
    """Return the intervals in which orders were confirmed for a risk: (order_id, known, until), times in microseconds.

    A decision is available from its event time, or from the start of its arrival day if that is later. From then until
    the next decision is available, the latest decision of all available ones counts. A decision that arrives late
    therefore undoes none that was taken after it.

    Returns:
        One row per order and interval; `until` is `NEVER` where no further decision arrived.
    """
    decisions = verdicts.where((F.col("entity") == "order") & (F.col("risk") == risk)).select(
        F.col("entity_id").alias("order_id"), _available_at("decided_at").alias("known"),
        F.struct(precedence().alias("order"), "confirmed").alias("decision"))
    latest = decisions.groupBy("order_id", "known").agg(F.max("decision").alias("decision"))
    so_far = Window.partitionBy("order_id").orderBy("known")
    return (latest.withColumn("until", F.coalesce(F.lead("known").over(so_far), F.lit(NEVER)))
            .withColumn("stands", F.max("decision").over(so_far)["confirmed"])
            .where("stands").select("order_id", "known", "until"))


def opened_intervals(cases: DataFrame, kind: str) -> DataFrame:
    """Return from when on a case of a kind about each order is known: (order_id, known, until = `NEVER`).

    A case is available from its opening, or from the start of its arrival day if that is later. Of several cases about
    an order the first counts. A decided case stays one.
    """
    return (cases.where((F.col("kind") == kind) & F.col("order_id").isNotNull()).groupBy("order_id")
            .agg(F.min(_available_at("opened_at")).alias("known")).withColumn("until", F.lit(NEVER)))


def _available_at(event_time: str) -> Column:
    """Return when a row is available: at its event time, or at the start of its arrival day if that is later."""
    return F.greatest(F.unix_micros(event_time), F.unix_micros(F.col("ds").cast("timestamp")))


def _features_by_identifier(orders: DataFrame, responses: Responses, chosen: Column, features: FeatureSet,
                            by: str) -> DataFrame:
    """Return (order_id, ds, the columns of the features of one identifier) for the chosen orders that have it."""
    declared = [f for f in features.of_type(Feature) if f.by == by and (not f.risk or responses.has(f.risk))]
    specs = [ColumnSpec(column, key_of(f), f.aggregation, f.delay * DAY, window * DAY,
                        includes_own_row=not (f.delay or f.risk or f.aggregation == "last"))
             for f in declared for window, column in zip(f.windows, f.columns)]
    reachable = _within_reach(orders, chosen, by, max(spec.delay + spec.window for spec in specs))
    rows = union_all(list(_rows(reachable, responses, chosen, declared, by)))
    schema = "order_id string, ds date, " + ", ".join(f"{spec.column} bigint" for spec in specs)
    return rows.repartition("key").mapInArrow(
        partition_udf.partition_udf(partial(compute_partition, specs=specs), intervals, sys.modules[__name__]), schema)


def _within_reach(orders: DataFrame, chosen: Column, by: str, reach: int) -> DataFrame:
    """Return the orders that share an identifier with a chosen order, placed at most `reach` microseconds before it.

    Args:
        reach: the widest window with its delay. It counts from the earliest chosen order of the same identifier. A
            single order that arrives weeks late would otherwise bring the orders of all shops of those weeks. Most of a
            month's buyers and cards have no order on one day.
    """
    firsts = (orders.where(chosen & F.col(by).isNotNull()).groupBy(by)
              .agg(F.min(F.unix_micros("ordered_at")).alias("since")))
    return orders.join(firsts, [by]).where(F.unix_micros("ordered_at") > F.col("since") - F.lit(reach)).drop("since")


def _rows(reachable: DataFrame, responses: Responses, chosen: Column, declared: Sequence[Feature],
          by: str) -> Iterator[DataFrame]:
    """Yield the rows that the workers read: (order_id, ds, key, at, known, until, asked, a column per feature).

    The first frame has the orders themselves. One more frame per risk has each order for the interval in which it was
    confirmed for that risk, or in which a case of its kind was known.
    """
    key_and_time = [F.col(by).alias("key"), F.unix_micros("ordered_at").alias("at")]
    yield reachable.select(*ORDER_KEY, *key_and_time, _available_at("ordered_at").alias("known"),
                           F.lit(NEVER).alias("until"), chosen.alias("asked"), *_values(declared, risk=""))
    for risk in dict.fromkeys(f.risk for f in declared if f.risk):
        # An order may arrive after the verdict on it.
        confirmed = reachable.join(responses.intervals(risk), "order_id")
        yield confirmed.select(
            *ORDER_KEY, *key_and_time, F.greatest("known", _available_at("ordered_at")).alias("known"), "until",
            F.lit(False).alias("asked"), *_values(declared, risk))


def _values(declared: Sequence[Feature], risk: str) -> list[Column]:
    """Return a column per feature. The columns of features of other risks are null."""
    return [(_value(f) if f.risk == risk else F.lit(None).cast(_value_type(f))).alias(key_of(f)) for f in declared]


def _value(feature: Feature) -> Column:
    """Return what a row adds to a feature, null where the row does not count."""
    if feature.aggregation in TIME_AGGREGATIONS:
        value = F.unix_micros("ordered_at")
    else:
        value = F.lit(1) if feature.aggregation == "count" else F.expr(feature.expression)
    value = value.cast(_value_type(feature))
    return value if feature.where is None else F.when(F.expr(feature.where), value)


def _value_type(feature: Feature) -> str:
    return "string" if feature.aggregation == "distinct" else "bigint"


def _feature_columns(features: FeatureSet, responses: Responses) -> list[Column]:
    """Return the features at an event, null for features of a risk where no verdict, or no case, ever arrived.

    An order without the identifier, such as a guest's, has null features.
    """
    columns = []
    for f in features.of_type(Feature):
        unknown = f.risk and not responses.has(f.risk)
        columns += [F.lit(None).cast("bigint").alias(c) if unknown else F.col(c) for c in f.columns]
    return columns


def compute_partition(rows: pa.Table, specs: Sequence[ColumnSpec]) -> pa.Table:
    """Return (order_id, ds, the columns of `specs`) for the rows with `asked`.

    Args:
        rows: all rows of their keys, as `_rows` yields them.
    """
    is_query = rows["asked"].to_numpy()
    key = partition_udf.dictionary_codes(rows["key"])
    at, available, until = (rows[name].to_numpy() for name in ("at", "known", "until"))
    queries = intervals.QueryTimes(key[is_query], at[is_query])
    query_index = np.cumsum(is_query) - 1  # of the rows that are queries
    earliest, latest = (extreme[key] for extreme in _extremes(key[is_query], at[is_query], key.max(initial=-1) + 1))
    columns = {}
    for spec in specs:
        counts = rows[spec.values].is_valid().to_numpy()
        # Without this a row's own event time would count at its own moment.
        excludes_own_row = spec.aggregation in TIME_AGGREGATIONS and not spec.delay
        start = np.maximum(at + spec.delay + excludes_own_row, available)
        end = np.minimum(at + spec.delay + spec.window, until)
        # Most rows of a month lie in no window of a day. They are filtered out before rows are sorted and looked up.
        rows_in_window = np.flatnonzero(counts & (end > earliest) & (start <= latest))
        ranges = queries.ranges(key[rows_in_window], start[rows_in_window], end[rows_in_window])
        if spec.includes_own_row and len(late_queries := np.flatnonzero(counts & is_query & (available > at))):
            rows_in_window = np.concatenate([rows_in_window, late_queries])
            ranges = intervals.concatenate([ranges, queries.single_positions(query_index[late_queries])])
        columns[spec.column] = _aggregate(spec, ranges, rows[spec.values].take(rows_in_window), key[rows_in_window],
                                          queries, at[is_query])
    chosen = rows.filter(rows["asked"])
    return pa.table({name: chosen[name] for name in ORDER_KEY} | columns)


def _extremes(key: np.ndarray, at: np.ndarray, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the earliest and the latest query of each key; a key without a query gets an empty interval."""
    earliest, latest = np.full(keys, NEVER), np.full(keys, -NEVER)
    np.minimum.at(earliest, key, at)
    np.maximum.at(latest, key, at)
    return earliest, latest


def _aggregate(spec: ColumnSpec, ranges: intervals.PositionRanges, values: pa.ChunkedArray, key: np.ndarray,
               queries: intervals.QueryTimes, at: np.ndarray) -> pa.Array:
    """Return one feature at every query, in the order of the queries."""
    count = len(queries)
    if spec.aggregation == "distinct":
        return pa.array(queries.in_input_order(intervals.count_distinct_over(
            ranges, key, partition_udf.dictionary_codes(values), count)))
    number = values.to_numpy()
    if spec.aggregation in ("count", "sum"):
        return pa.array(queries.in_input_order(intervals.sum_over(ranges, number, count)))
    sign = -1 if spec.aggregation in ("min", "first") else 1
    extreme = queries.in_input_order(intervals.max_over(ranges, sign * number, count))
    is_null = extreme == intervals.NO_VALUE
    extreme = (at - sign * extreme) // SECOND if spec.aggregation in TIME_AGGREGATIONS else sign * extreme
    return pa.array(extreme, mask=is_null)
