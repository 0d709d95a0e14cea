"""As-of joins: rows of one table with the columns of another, as they were known on the arrival day of the row."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.inputs.contract import AsOfJoin


def as_of_join(left: DataFrame, right: DataFrame, source: AsOfJoin) -> DataFrame:
    """Return the rows of `left` with the columns `source.take` of the latest row of `right` that had arrived.

    Args:
        left: rows of `source.left` of any days, with `ds`.
        right: rows of `source.right` of those days and of the `source.days` days before.

    Returns:
        The columns of both, one row per row of `left`. The latest row of `right` is the one that arrived last, then the
        one that happened last, then the one with the larger key. Without such a row the columns are null.
    """
    join_key = source.on
    # A day's cases refer to few of a month's orders. All other orders are dropped before the aggregation.
    needed = right.join(left.select(join_key).distinct(), join_key, "left_semi")
    fields = dict.fromkeys(["ds", source.right.event_time, source.right.key, *source.take])
    histories = needed.groupBy(join_key).agg(F.collect_list(F.struct(*fields)).alias("known"))
    arrived = F.filter("known", lambda row: row["ds"].between(
        F.date_sub(F.col("arrived"), source.days), F.col("arrived")))
    latest = (left.withColumn("arrived", F.col("ds")).join(histories, join_key, "left")
              .withColumn("latest", F.array_max(arrived)))
    passthrough = [name for name in left.columns if name not in source.take]
    return latest.select(*passthrough, *[F.col(f"latest.{name}").alias(name) for name in source.take])
