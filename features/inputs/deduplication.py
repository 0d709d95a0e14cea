"""Deliveries that repeat an earlier one: the same key again, on the same day or within a week.

Few keys come twice. They are looked for in all tables at once, by their keys and days alone; only the
rows of those that do are then sorted out, the rest never moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.frames.day_bitmap import DayRange, collect_days, day_offsets
from features.frames.union import union_all
from features.inputs.contract import Table

# The same key delivered again within this many days is a repetition; later, it is a new fact.
REPEAT_DAYS = 7

KEPT, DROPPED = "kept", "dropped"


@dataclass(frozen=True)
class DeduplicatedRows:
    """The good rows: those whose key came once, all kept, and those whose key came again.

    `again` is small; it holds kept and dropped rows and says which in `status`, and in `kept_on` the day on which the
    key was kept last.
    """

    once: DataFrame
    again: DataFrame


def delivered_keys(df: DataFrame, table: Table) -> DataFrame:
    """(table, key, ds) of rows of a table: of those that broke no rule, or of what was kept before."""
    good = df.where(F.size("broken") == 0) if "broken" in df.columns else df
    return good.select(F.lit(table.name).alias("table"), F.col(table.key).alias("key"), "ds")


def repeated_keys(came: Sequence[DataFrame], span: DayRange) -> DataFrame:
    """The keys that came more than once, and the days on which they are kept.

    A key is dropped until more than seven days after the last time it was kept. Days are settled in
    order, so a range in one call gives what its days one by one would.

    Args:
        came: `deliveries` of each table, and of what was kept on the other days of the span.
        span: all days of these.

    Returns:
        (table, key, kept = days since the span's first, in order), one row a key.
    """
    united = union_all(came)
    again = (united.groupBy("table", "key").agg(F.count(F.lit(1)).alias("times"), *collect_days(span))
             .where(F.col("times") > 1))
    start = F.expr("named_struct('last', CAST(NULL AS int), 'kept', CAST(array() AS array<int>))")
    folded = F.aggregate(day_offsets(span), start, lambda so_far, day: F.when(
        so_far["last"].isNull() | (day - so_far["last"] > REPEAT_DAYS),
        F.struct(day.alias("last"), F.concat(so_far["kept"], F.array(day)).alias("kept")),
    ).otherwise(so_far))
    return again.select("table", "key", folded["kept"].alias("kept"))


def deduplicate(judged: DataFrame, table: Table, repeated: DataFrame, span: DayRange) -> DeduplicatedRows:
    """Say of each row that broke no rule whether it is kept.

    Of rows with one key on one day the latest by event time is kept; then the one that `table.prefer` names; then the
    first by content, masked columns last: only of rows that differ in nothing else does the secret decide.

    Args:
        judged: as `features.inputs.validation.validate_rows` makes it.
        repeated: as `repeated` of the same span makes it, with the table's rows among others.

    Returns:
        In `again` also `kept_on`: the day on which the row's key was kept last, its own day included.
    """
    good = judged.where(F.size("broken") == 0)
    own = _keys_of(repeated, table)
    again = (good.join(own, table.key).withColumn("status", _status(table, span))
             .withColumn("kept_on", _kept_on(span)).drop("kept"))
    return DeduplicatedRows(once=good.join(own, table.key, "left_anti"), again=again)


def _keys_of(repeated: DataFrame, table: Table) -> DataFrame:
    return repeated.where(F.col("table") == table.name).select(F.col("key").alias(table.key), "kept")


def _status(table: Table, span: DayRange) -> Column:
    content = sorted(table.names, key=lambda name: name in table.private)
    latest = [F.desc(table.event_time), F.coalesce(F.expr(table.prefer), F.lit(False)).desc()]
    nth = F.row_number().over(Window.partitionBy(table.key, "ds").orderBy(*latest, *content))
    on_time = F.array_contains("kept", F.datediff("ds", F.lit(span.first)))
    return F.when((nth == 1) & on_time, KEPT).otherwise(DROPPED)


def _kept_on(span: DayRange) -> Column:
    by_then = F.filter("kept", lambda day: day <= F.datediff("ds", F.lit(span.first)))
    return F.date_add(F.lit(span.first), F.array_max(by_then))


def repetitions(
    settled: DeduplicatedRows, table: Table, repeated: DataFrame, kept_before: DataFrame | None
) -> DataFrame:
    """The rows that were dropped: (table, key, kept_on, rows, conflicting, ds), one row a key and day.

    `conflicting` counts those that differ from the row that was kept on `kept_on` in anything but their day.

    Args:
        kept_before: rows of the table that were kept on the other days of the span, with all of its columns.
    """
    content = F.xxhash64(*table.names)
    dropped = settled.again.where(F.col("status") == DROPPED).select(table.key, "ds", "kept_on", content.alias("sent"))
    kept_rows = settled.again.where(F.col("status") == KEPT).select(table.key, F.col("ds").alias("kept_on"),
                                                                    content.alias("kept"))
    if kept_before is not None:
        before = kept_before.join(_keys_of(repeated, table).select(table.key), table.key, "left_semi")
        kept_rows = kept_rows.unionByName(before.select(table.key, F.col("ds").alias("kept_on"),
                                                        content.alias("kept")))
    differs = F.coalesce(F.col("sent") != F.col("kept"), F.lit(False))
    return (dropped.join(kept_rows, [table.key, "kept_on"], "left").groupBy(table.key, "kept_on", "ds")
            .agg(F.count(F.lit(1)).alias("rows"), F.count_if(differs).alias("conflicting"))
            .select(F.lit(table.name).alias("table"), F.col(table.key).alias("key"), "kept_on", "rows",
                    "conflicting", "ds"))


def kept_rows(settled: DeduplicatedRows, table: Table) -> DataFrame:
    """The clean events, in the contract's shape."""
    columns = [*table.names, "ds"]
    return settled.once.select(*columns).unionByName(
        settled.again.where(F.col("status") == KEPT).select(*columns))


def all_kept(judged: DataFrame, table: Table) -> DataFrame:
    """The clean events where no key came again: every row that broke no rule."""
    return judged.where(F.size("broken") == 0).select(*table.names, "ds")
