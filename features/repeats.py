"""Deliveries that repeat an earlier one: the same key again, on the same day or within a week.

Few keys come twice. They are looked for in all tables at once, by their keys and days alone; only the
rows of those that do are then sorted out, the rest never moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.arrivals import Span, gathered, offsets
from features.contract import Table
from features.united import together

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# The same key delivered again within this many days is a repetition; later, it is a new fact.
REPEAT_DAYS = 7

KEPT, DROPPED = "kept", "dropped"


@dataclass(frozen=True)
class Settled:
    """The good rows: those whose key came once, all kept, and those whose key came again.

    `again` is small; it holds kept and dropped rows and says which in `status`.
    """

    once: "DataFrame"
    again: "DataFrame"


def deliveries(df: "DataFrame", table: Table) -> "DataFrame":
    """(table, key, ds) of rows of a table: of those that broke no rule, or of what was kept before."""
    from pyspark.sql import functions as F

    good = df.where(F.size("broken") == 0) if "broken" in df.columns else df
    return good.select(F.lit(table.name).alias("table"), F.col(table.key).alias("key"), "ds")


def repeated(came: Sequence["DataFrame"], span: Span) -> "DataFrame":
    """The keys that came more than once, and the days on which they are kept.

    A key is dropped until more than seven days after the last time it was kept. Days are settled in
    order, so a range in one call gives what its days one by one would.

    Args:
        came: `deliveries` of each table, and of what was kept on the other days of the span.
        span: all days of these.

    Returns:
        (table, key, kept = days since the span's first, in order), one row a key.
    """
    from pyspark.sql import functions as F

    united = together(came)
    again = (united.groupBy("table", "key").agg(F.count(F.lit(1)).alias("times"), *gathered(span))
             .where(F.col("times") > 1))
    start = F.expr("named_struct('last', CAST(NULL AS int), 'kept', CAST(array() AS array<int>))")
    folded = F.aggregate(offsets(span), start, lambda so_far, day: F.when(
        so_far["last"].isNull() | (day - so_far["last"] > REPEAT_DAYS),
        F.struct(day.alias("last"), F.concat(so_far["kept"], F.array(day)).alias("kept")),
    ).otherwise(so_far))
    return again.select("table", "key", folded["kept"].alias("kept"))


def settle(judged: "DataFrame", table: Table, repeated: "DataFrame", span: Span) -> Settled:
    """Say of each row that broke no rule whether it is kept.

    Of rows with one key on one day, the one that comes first by content is kept, masked columns last:
    only of rows that differ in nothing else does the secret decide.

    Args:
        judged: as `features.intake.judge` makes it.
        repeated: as `repeated` of the same span makes it, with the table's rows among others.
    """
    from pyspark.sql import functions as F

    good = judged.where(F.size("broken") == 0)
    own = repeated.where(F.col("table") == table.name).select(F.col("key").alias(table.key), "kept")
    again = good.join(own, table.key).withColumn("status", _status(table, span)).drop("kept")
    return Settled(once=good.join(own, table.key, "left_anti"), again=again)


def _status(table: Table, span: Span) -> "Column":
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    content = sorted(table.names, key=lambda name: name in table.private)
    nth = F.row_number().over(Window.partitionBy(table.key, "ds").orderBy(*content))
    on_time = F.array_contains("kept", F.datediff("ds", F.lit(span.first)))
    return F.when((nth == 1) & on_time, KEPT).otherwise(DROPPED)


def kept(settled: Settled, table: Table) -> "DataFrame":
    """The clean events, in the contract's shape."""
    from pyspark.sql import functions as F

    columns = [*table.names, "ds"]
    return settled.once.select(*columns).unionByName(
        settled.again.where(F.col("status") == KEPT).select(*columns))
