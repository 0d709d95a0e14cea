"""The cost of orders of which half are at one seller, against orders that are evenly spread."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.result import BenchmarkResult
from features.aggregation import tiles, windows
from features.aggregation.history import History
from features.aggregation.point_in_time import Responses, point_in_time_features
from features.inputs.tables import ORDERS
from features.order import ORDER
from features.seller import SELLER
from jobs.feature_store import entity_features
from jobs.runtime import console
from jobs.storage.data_files import read_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

AIM = 1.3
DAYS = 38  # the lookback of an order's features, and the order's own day
ASKED_DAYS = 7  # days of the orders with features
SELLERS = 20_000
SCHEMA = benchmark_lake.schema_of(ORDERS)


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Time daily features of sellers and features of orders, over skewed orders and over evenly spread orders."""
    frames = [_frame(at, name, share) for name, share in (("hot", 0.5), ("even", 0.0))]
    ratios = [at.time_interleaved(name, dict(zip(("half at one seller", "spread evenly"),
                                                 [lambda df=df, work=work: work(df).toArrow() for df in frames])), AIM)
              for name, work in (("daily features of sellers", daily), ("features of orders", at_placing))]
    return BenchmarkResult("hot_key", "Half of all orders at one seller against an even spread", {
        "orders": at.rows, "days": DAYS, "sellers": SELLERS, "spark": at.spark.version,
        "note": "features of orders are for orders of the last week"}, tuple(ratios))


def daily(orders: "DataFrame") -> "DataFrame":
    """Compute the daily features of sellers from orders alone, as of the last day."""
    events = {ORDERS.name: orders}
    history = History(tiles.tiles(events, SELLER), tiles.values(events, SELLER), None,
                      {ORDERS.name: benchmark_lake.LAST - dt.timedelta(days=DAYS)})
    return windows.as_of_features(history, SELLER, [benchmark_lake.LAST], entity_features.materialize)


def at_placing(orders: "DataFrame") -> "DataFrame":
    """Compute the features of the last week's orders."""
    from pyspark.sql import functions as F

    return point_in_time_features(orders, Responses(),
                                  F.col("ds") > F.lit(benchmark_lake.LAST - dt.timedelta(days=ASKED_DAYS)), ORDER)


def orders(rows: int, share: float, seed: int = 7) -> pa.Table:
    """Return random rows of `orders`, with a share of them at one seller; other columns do not depend on the share."""
    draw = np.random.default_rng(seed)
    age = np.sort(draw.integers(0, DAYS, rows))[::-1]
    seller = np.where(draw.random(rows) < share, 0, draw.integers(0, SELLERS, rows))
    second = draw.integers(0, 86_400, rows)
    day = np.datetime64(benchmark_lake.LAST) - age
    columns = {"order_id": _named("o", np.arange(rows)), "seller_id": _named("s", seller), "ds": day,
               "ordered_at": day.astype("datetime64[us]") + second * np.timedelta64(1, "s"),
               "quantity": draw.integers(1, 4, rows), "amount_cents": draw.integers(100, 20_000, rows),
               "discount_cents": draw.integers(0, 300, rows),
               **{name: _named(name[0], draw.integers(0, max(rows // 5, 1), rows))
                  for name in ("user_id", "device_id", "payment_id", "address_id", "product_id")}}
    return pa.table({f.name: pa.array(columns[f.name]).cast(f.type) if f.name in columns else pa.nulls(rows, f.type)
                     for f in SCHEMA}, SCHEMA)


def _named(prefix: str, number: np.ndarray) -> np.ndarray:
    return np.char.add(prefix, number.astype(str))


def _frame(at: BenchmarkContext, name: str, share: float) -> "DataFrame":
    file = Path(at.folder) / f"orders-{name}-{at.rows}.parquet"
    if not file.exists():
        with console.timed(f"{at.rows:,} orders, {name}"):
            file.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(orders(at.rows, share), file, row_group_size=100_000)
    return read_files(at.spark, SCHEMA, [str(file)])
