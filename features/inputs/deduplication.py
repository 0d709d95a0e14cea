"""De-duplication: a row with the same key as an earlier one, on the same day or within a week, is a repetition.

Rows of a table of states come again under their key when the state changes. Of these a row is a repetition where a row
of the week before is equal in every column. A state that a later one of the same day replaces is dropped as well.

Few keys arrive twice. One query finds the repeated keys of all tables by keys and days alone. Only rows with a repeated
key are then shuffled; all other rows stay where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from features.frames.day_bitmap import DayRange, collect_days, day_offsets
from features.frames.union import union_all
from features.inputs.contract import Table

# A key that arrives again within this many days is a repetition. Later it is a new fact.
REPEAT_DAYS = 7

KEPT, DROPPED = "kept", "dropped"


@dataclass(frozen=True)
class DeduplicatedRows:
    """The rows that broke no rule.

    Attributes:
        once: rows whose key arrived once; all are kept.
        again: rows with a repeated key, with `status` (`KEPT` or `DROPPED`) and `kept_on`, the day on which the key was
            last kept. Few rows.
    """

    once: DataFrame
    again: DataFrame


def delivered_keys(df: DataFrame, table: Table) -> DataFrame:
    """Return (table, key, ds) of the rows of a table that broke no rule, or of rows that were kept before."""
    good = df.where(F.size("broken") == 0) if "broken" in df.columns else df
    return good.select(F.lit(table.name).alias("table"), F.col(table.key).alias("key"), "ds")


def repeated_keys(deliveries: Sequence[DataFrame], day_range: DayRange) -> DataFrame:
    """Return the keys that arrived more than once, with the days on which they are kept.

    A key is dropped until more than seven days after the last day on which it was kept. Days are processed in order, so
    that one call for a range gives the same result as one call per day.

    Args:
        deliveries: `delivered_keys` of each table, and of the rows that were kept on the other days of the range.
        day_range: covers all days of these.

    Returns:
        (table, key, kept = sorted days since the first day of the range), one row per table and key.
    """
    all_deliveries = union_all(deliveries)
    repeated = (all_deliveries.groupBy("table", "key").agg(F.count(F.lit(1)).alias("times"), *collect_days(day_range))
                .where(F.col("times") > 1))
    return repeated.select("table", "key", _kept_days(day_range).alias("kept"))


def _kept_days(day_range: DayRange) -> Column:
    """Return the days on which a row is kept that arrived on the days of `collect_days`."""
    start = F.expr("named_struct('last', CAST(NULL AS int), 'kept', CAST(array() AS array<int>))")
    kept_days = F.aggregate(day_offsets(day_range), start, lambda state, day: F.when(
        state["last"].isNull() | (day - state["last"] > REPEAT_DAYS),
        F.struct(day.alias("last"), F.concat(state["kept"], F.array(day)).alias("kept")),
    ).otherwise(state))
    return kept_days["kept"]


def deduplicate(validated: DataFrame, table: Table, repeated: DataFrame, day_range: DayRange,
                kept_before: DataFrame | None = None) -> DeduplicatedRows:
    """Return the rows that broke no rule, with the status of each row whose key is repeated.

    Of rows with one key and day the latest by event time is kept, then the first by `table.prefer`, then the first by
    content. Masked columns are compared last: the masking key decides only between rows that differ in nothing else.

    Args:
        validated: the rows of `features.inputs.validation.validate_rows`.
        repeated: the rows of `repeated_keys` of the same range, of this table among others.
        kept_before: rows of a table of states that were kept on the other days of the range, with all columns; None
            without any.

    Returns:
        `kept_on` of a row is the day on which its key was last kept, the row's own day included. In a table of states,
        it is the day on which the state was last kept that counts on the row's day.
    """
    valid = validated.where(F.size("broken") == 0)
    keys = _keys_of(repeated, table)
    ranked = valid.join(keys, table.key).withColumn("nth", F.row_number().over(_of_day(table)))
    if table.is_state:
        ranked = _with_kept_states(ranked.drop("kept"), table, day_range, _of_keys(kept_before, table, keys))
    repeated_rows = (ranked.withColumn("status", _status(day_range)).withColumn("kept_on", _kept_on(day_range))
                     .drop("kept", "nth"))
    return DeduplicatedRows(once=valid.join(keys, table.key, "left_anti"), again=repeated_rows)


def _with_kept_states(ranked: DataFrame, table: Table, day_range: DayRange, before: DataFrame | None) -> DataFrame:
    """Return the rows with the days (`kept`) on which the state is kept that counts on a row's day."""
    states = ranked.withColumn("state", F.first(content_hash(table)).over(_of_day(table)))
    of_state = [table.key, "state", "ds"]
    days = states.where(F.col("nth") == 1).select(*of_state)
    if before is not None:
        days = days.unionByName(before.withColumn("state", content_hash(table)).select(*of_state))
    kept = (days.groupBy(table.key, "state").agg(*collect_days(day_range))
            .select(table.key, "state", _kept_days(day_range).alias("kept")))
    return states.join(kept, [table.key, "state"]).drop("state")


def _of_keys(rows: DataFrame | None, table: Table, keys: DataFrame) -> DataFrame | None:
    return None if rows is None else rows.join(keys.select(table.key), table.key, "left_semi")


def _keys_of(repeated: DataFrame, table: Table) -> DataFrame:
    return repeated.where(F.col("table") == table.name).select(F.col("key").alias(table.key), "kept")


def _of_day(table: Table) -> WindowSpec:
    """Return the window of the rows with one key and day, the row to keep first."""
    preferred = [F.expr(expression).desc_nulls_last() for expression in table.prefer]
    return Window.partitionBy(table.key, "ds").orderBy(F.desc(table.event_time), *preferred, *table.content)


def _status(day_range: DayRange) -> Column:
    is_kept_day = F.array_contains("kept", F.datediff("ds", F.lit(day_range.first)))
    return F.when((F.col("nth") == 1) & is_kept_day, KEPT).otherwise(DROPPED)


def content_hash(table: Table) -> Column:
    """Return a hash of every column but `ds`. Spark's hash passes nulls over, so that they are hashed by themselves."""
    return F.xxhash64(*table.names, *[F.isnull(name) for name in table.names])


def _kept_on(day_range: DayRange) -> Column:
    past_days = F.filter("kept", lambda day: day <= F.datediff("ds", F.lit(day_range.first)))
    return F.date_add(F.lit(day_range.first), F.array_max(past_days))


def repetitions(deduplicated: DeduplicatedRows, table: Table, repeated: DataFrame,
                kept_before: DataFrame | None) -> DataFrame:
    """Return the dropped rows as (table, key, kept_on, rows, conflicting, ds), one row per key and day.

    `conflicting` counts the dropped rows that differ from the row kept on `kept_on` in any column but `ds`.

    Args:
        kept_before: rows of the table that were kept on the other days of the range, with all columns; None without
            any.
    """
    content = content_hash(table)
    dropped = (deduplicated.again.where(F.col("status") == DROPPED)
               .select(table.key, "ds", "kept_on", content.alias("sent")))
    of_kept = [table.key, F.col("ds").alias("kept_on"), content.alias("kept")]
    kept_rows = deduplicated.again.where(F.col("status") == KEPT).select(*of_kept)
    before = _of_keys(kept_before, table, _keys_of(repeated, table))
    if before is not None:
        kept_rows = kept_rows.unionByName(before.select(*of_kept))
    differs = F.coalesce(F.col("sent") != F.col("kept"), F.lit(False))
    return (dropped.join(kept_rows, [table.key, "kept_on"], "left").groupBy(table.key, "kept_on", "ds")
            .agg(F.count(F.lit(1)).alias("rows"), F.count_if(differs).alias("conflicting"))
            .select(F.lit(table.name).alias("table"), F.col(table.key).alias("key"), "kept_on", "rows",
                    "conflicting", "ds"))


def kept_rows(deduplicated: DeduplicatedRows, table: Table) -> DataFrame:
    """Return the clean events, with the columns of the contract and `ds`."""
    columns = [*table.names, "ds"]
    return deduplicated.once.select(*columns).unionByName(
        deduplicated.again.where(F.col("status") == KEPT).select(*columns))


def all_kept(validated: DataFrame, table: Table) -> DataFrame:
    """Return the clean events of a table without a repeated key: every row that broke no rule."""
    return validated.where(F.size("broken") == 0).select(*table.names, "ds")
