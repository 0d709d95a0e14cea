"""The Handbook's fourteen features of real files, against its definition in SQL frames of DuckDB."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from features.intake import judge
from features.moments import as_of_placing
from features.order import ORDER
from features.privacy import Key
from features.tables import TABLES
from jobs.order_features import REACH_DAYS
from jobs.sources import read_source

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "handbook"
FIRST, LAST = dt.date(2018, 5, 10), dt.date(2018, 5, 11)

AMOUNTS = {f"user_order_{what}_{days}d": (what, days) for what in ("count", "amount_mean") for days in (1, 7, 30)}
SETTLED = {f"seller_{what}_{days}d_delayed_7d": (what, days) for what in ("order_count", "fraud_rate")
           for days in (1, 7, 30)}
PLACED = ("amount", "is_weekend", "is_night")


def frame_of(days: int, delay: int) -> str:
    """The rows in (t - delay - days, t - delay]."""
    begin = (days + delay) * 86_400_000_000 - 1
    return f"RANGE BETWEEN to_microseconds({begin}) PRECEDING AND INTERVAL {delay} DAY PRECEDING"


def published(folder: Path) -> dict[str, tuple]:
    """Every feature by order, by the Handbook's own words: amounts in minor units, the share of nothing is 0."""
    columns = [f"CAST({what} AS BIGINT)" for what in (
        "round(TX_AMOUNT * 100)", "dayofweek(TX_DATETIME) IN (0, 6)", "hour(TX_DATETIME) <= 6")]
    for what, days in AMOUNTS.values():
        over = f"OVER (PARTITION BY CUSTOMER_ID ORDER BY TX_DATETIME {frame_of(days, 0)})"
        columns.append(f"{'count(*)' if what == 'count' else 'avg(round(TX_AMOUNT * 100))'} {over}")
    for what, days in SETTLED.values():
        over = f"OVER (PARTITION BY TERMINAL_ID ORDER BY TX_DATETIME {frame_of(days, 7)})"
        columns.append(f"count(*) {over}" if what == "order_count" else
                       f"coalesce(sum(TX_FRAUD) {over} / nullif(count(*) {over}, 0), 0)")
    rows = duckdb.sql(f"SELECT * FROM (SELECT CAST(TRANSACTION_ID AS VARCHAR), {', '.join(columns)}, ds "
                      f"FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true) "
                      f"WHERE ds BETWEEN DATE '{FIRST}' - {REACH_DAYS} AND DATE '{LAST}') WHERE ds >= DATE '{FIRST}'")
    return {row[0]: row[1:-1] for row in rows.fetchall()}


def test_every_order_has_the_handbooks_features(spark, real_data):
    from pyspark.sql import functions as F

    days = [FIRST - dt.timedelta(days=back) for back in range(REACH_DAYS, 0, -1)] + [FIRST, LAST]
    orders, verdicts = (judge(read_source(spark, EXAMPLE, real_data / "handbook", TABLES[name], days), TABLES[name],
                              Key(b"of this test")) for name in ("orders", "verdicts"))
    told = as_of_placing(orders, verdicts, F.col("ds") >= F.lit(FIRST), ORDER)
    rows = told.select("order_id", *PLACED, *AMOUNTS, *SETTLED).collect()
    expected = published(real_data / "handbook")
    assert len(rows) == len(expected) == 19_285
    for row in rows:
        assert tuple(row)[1:] == pytest.approx(expected[row["order_id"]], abs=1e-6)
