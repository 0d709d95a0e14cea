"""Features of the orders of some days, as of the moment each was placed, in the lake or in a separate folder."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from features.aggregation.point_in_time import Responses, point_in_time_features
from features.language.feature import Feature
from features.order import ORDER
from jobs.errors import UserError
from jobs.feature_store import freshness
from jobs.ingestion import ingested_days
from jobs.runtime import console, day_ranges
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Days before an order that its features read: the longest window with its delay.
REACH_DAYS = max(window + feature.delay for feature in ORDER.of_type(Feature) for window in feature.windows)


def build(spark: "SparkSession", lake: Lake, days: Sequence[dt.date]) -> None:
    """Write and stage the features of the orders that arrived on some days."""
    fingerprints = freshness.expected_fingerprints(lake, days, freshness.ORDER_FEATURES)
    written = lake.write(compute(spark, lake, days), catalog.features(ORDER.entity).name, days, key=ORDER.id,
                         fingerprints=fingerprints, metadata={"feature_set": ORDER.hash})
    lake.stage(written)
    run_manifest.add_section(lake, "feature_sets", {ORDER.entity: ORDER.hash})
    console.log(f"orders: {written.rows:,} rows of {len(ORDER.columns)} features, of {len(days)} "
                f"day{'s' * (len(days) > 1)}, definitions {ORDER.hash}")


def write(spark: "SparkSession", lake: Lake, days: Sequence[dt.date], out: Path) -> None:
    """Write the features of the orders that arrived on some days as Parquet, one row an order.

    Raises:
        UserError: a day was never ingested, no order arrived on any of the days, or the folder exists already.
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
    """Return the features of the orders that arrived on some days, on which at least one order arrived.

    Returns:
        Columns `order_id`, `ds`, the passthrough columns and the features; one row an order and arrival day.
    """
    from pyspark.sql import functions as F

    # A late order uses only data available when it was placed, so its windows begin earlier.
    placed = lake.arrow("orders", days).to_table(columns=["ordered_at"])["ordered_at"]
    days_read = day_ranges.days_between(pc.min(placed).as_py().date() - dt.timedelta(days=REACH_DAYS), max(days))
    responses = Responses(*(lake.read(spark, name, days_read) if lake.has(name) else None
                            for name in ("verdicts", "cases")))
    has_arrived = F.col("ds").isin([F.lit(day) for day in days])
    return point_in_time_features(lake.read(spark, "orders", days_read), responses, has_arrived, ORDER)


