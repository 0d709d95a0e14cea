"""Rows of one table with columns of another, as known on the day the row arrived."""


from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.inputs.contract import AsOfJoin


def as_of_join(left: DataFrame, right: DataFrame, source: AsOfJoin) -> DataFrame:
    """Each row of `left`, with the columns `source.take` of the latest row of `right` it could know.

    Args:
        left: rows of `source.left` of any days, with `ds`.
        right: rows of `source.right` of those days and the `source.days` before.

    Returns:
        The columns of both, one row per row of `left`. Of several rows of `right`, the one that
        arrived last counts; of one day's, the one that happened last; then the one with the larger key.
    """
    on = source.on
    # A day's cases ask for few of a month's orders: the rest is dropped before anything is grouped.
    wanted = right.join(left.select(on).distinct(), on, "left_semi")
    facts = dict.fromkeys(["ds", source.right.event_time, source.right.key, *source.take])
    known = wanted.groupBy(on).agg(F.collect_list(F.struct(*facts)).alias("known"))
    by_then = F.filter("known", lambda row: row["ds"].between(
        F.date_sub(F.col("arrived"), source.days), F.col("arrived")))
    latest = left.withColumn("arrived", F.col("ds")).join(known, on, "left").withColumn("latest", F.array_max(by_then))
    kept = [name for name in left.columns if name not in source.take]
    return latest.select(*kept, *[F.col(f"latest.{name}").alias(name) for name in source.take])
