"""The Handbook's definition of its fourteen features, in window frames of DuckDB, to compare Vigil's features with."""

from pathlib import Path

import duckdb

AMOUNTS = {f"user_order_{what}_{days}d": (what, days) for what in ("count", "amount_mean") for days in (1, 7, 30)}
DELAYED = {f"seller_{what}_{days}d_delayed_7d": (what, days) for what in ("order_count", "fraud_rate")
           for days in (1, 7, 30)}
PLACED = {"amount": "round(TX_AMOUNT * 100)", "is_weekend": "dayofweek(TX_DATETIME) IN (0, 6)",
          "is_night": "hour(TX_DATETIME) <= 6"}
COLUMNS = (*PLACED, *AMOUNTS, *DELAYED)


def definition(raw: Path, where: str = "true") -> str:
    """Return a SELECT of (order_id, ds, every feature) over some days' files, by the Handbook's definition.

    Amounts are in minor units. A share with a denominator of 0 is 0.
    """
    columns = [f"CAST({sql} AS BIGINT) AS {name}" for name, sql in PLACED.items()]
    for name, (what, days) in AMOUNTS.items():
        over = f"OVER (PARTITION BY CUSTOMER_ID ORDER BY TX_DATETIME {_frame(days, 0)})"
        columns.append(f"{'count(*)' if what == 'count' else 'avg(round(TX_AMOUNT * 100))'} {over} AS {name}")
    for name, (what, days) in DELAYED.items():
        over = f"OVER (PARTITION BY TERMINAL_ID ORDER BY TX_DATETIME {_frame(days, 7)})"
        columns.append((f"count(*) {over}" if what == "order_count" else
                        f"coalesce(sum(TX_FRAUD) {over} / nullif(count(*) {over}, 0), 0)") + f" AS {name}")
    return (f"SELECT CAST(TRANSACTION_ID AS VARCHAR) AS order_id, ds, {', '.join(columns)} "
            f"FROM read_parquet('{raw}/*/*.parquet', hive_partitioning = true) WHERE {where}")


def largest_difference(raw: Path, ours: Path) -> tuple[int, float]:
    """Return the number of orders of both sides, and the largest difference of any feature of any order.

    Raises:
        ValueError: an order is missing on one side.
    """
    with duckdb.connect() as db:
        differences = ", ".join(f"max(abs(h.{c} - o.{c}))" for c in COLUMNS)
        (missing, count, largest), = db.sql(
            f"SELECT count(*) FILTER (h.order_id IS NULL OR o.order_id IS NULL), count(*), greatest({differences}) "
            f"FROM ({definition(raw)}) h FULL JOIN read_parquet('{ours}/*.parquet') o USING (order_id)").fetchall()
    if missing:
        raise ValueError(f"{missing} of {count} orders are missing on one side")
    return count, largest


def _frame(days: int, delay: int) -> str:
    """Return the window frame of the rows in (t - delay - days, t - delay]."""
    begin = (days + delay) * 86_400_000_000 - 1
    return f"RANGE BETWEEN to_microseconds({begin}) PRECEDING AND INTERVAL {delay} DAY PRECEDING"
