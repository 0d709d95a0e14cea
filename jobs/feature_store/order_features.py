"""Features of the orders of some days, as of the moment each was placed: in the lake, or in a folder of their own."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from features.aggregation.point_in_time import point_in_time_features
from features.language.feature import Feature
from features.order import ORDER
from jobs.errors import UserError
from jobs.feature_store import freshness
from jobs.ingestion import ingested_days
from jobs.runtime import console, day_ranges
from jobs.storage import run_manifest
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# How far before an order its features look: the longest window, where it begins.
REACH_DAYS = max(window + feature.delay for feature in ORDER.of_type(Feature) for window in feature.windows)


def build(spark: "SparkSession", lake: Lake, days: Sequence[dt.date]) -> None:
    """Write and stage the features of the orders that arrived on some days."""
    fingerprints = freshness.expected_fingerprints(lake, days, freshness.ORDER_FEATURES)
    written = lake.write(compute(spark, lake, days), freshness.table_of(ORDER.entity), days, key=ORDER.id,
                         fingerprints=fingerprints, metadata={"feature_set": ORDER.hash})
    lake.stage(written)
    run_manifest.add_section(lake, "feature_sets", {ORDER.entity: ORDER.hash})
    console.log(f"orders: {written.rows:,} rows of {len(ORDER.columns)} features, of {len(days)} "
                f"day{'s' * (len(days) > 1)}, definitions {ORDER.hash}")


def write(spark: "SparkSession", lake: Lake, days: Sequence[dt.date], out: Path) -> None:
    """Write the features of the orders that arrived on some days as Parquet, one row an order.

    Raises:
        UserError: a day was never ingested, or the folder is there already.
    """
    ingested_days.require_ingested(lake, days)
    days = freshness.days_with_rows(lake, ORDER.entity, days)
    if not days:
        raise UserError(f"orders: none arrived on these days. Expected a range in which any did; the last such day is "
                        f"{lake.days('orders')[-1]}.")
    if out.exists():
        raise UserError(f"{out} is there already. Name a folder that is not, or remove it.")
    compute(spark, lake, days).select("ds", "order_id", *ORDER.columns).write.parquet(str(out.resolve()))
    console.log(f"orders, {days[0]} to {days[-1]}: {sum(lake.counts('orders').get(day, 0) for day in days):,} rows of "
                f"{len(ORDER.columns)} features, definitions {ORDER.hash}, in {out}")


def compute(spark: "SparkSession", lake: Lake, days: Sequence[dt.date]) -> "DataFrame":
    """(order_id, ds, what is kept beside, features) of the orders that arrived on some days, at least one of them."""
    from pyspark.sql import functions as F

    # An order that arrives late is told what was known when it was placed: its windows lie further back.
    placed = lake.arrow("orders", days).to_table(columns=["ordered_at"])["ordered_at"]
    seen = day_ranges.days_between(pc.min(placed).as_py().date() - dt.timedelta(days=REACH_DAYS), max(days))
    verdicts = lake.read(spark, "verdicts", seen) if lake.has("verdicts") else None
    chosen = F.col("ds").isin([F.lit(day) for day in days])
    return point_in_time_features(lake.read(spark, "orders", seen), verdicts, chosen, ORDER)


