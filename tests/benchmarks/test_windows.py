"""The Handbook's fourteen features of real files, against its definition in SQL frames of DuckDB."""

import datetime as dt

import duckdb
import pytest

from benchmarks.handbook import windows
from benchmarks.handbook.feature_rows import EXAMPLE
from features.aggregation.point_in_time import Responses, point_in_time_features
from features.inputs.masking import Key
from features.inputs.tables import TABLES
from features.inputs.validation import validate_rows
from features.order import ORDER
from jobs.feature_store.order_features import REACH_DAYS
from jobs.ingestion.source_queries import read_source

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

FIRST, LAST = dt.date(2018, 5, 10), dt.date(2018, 5, 11)


def published(folder) -> dict[str, tuple]:
    """Every feature by order."""
    sql = windows.definition(folder, f"ds BETWEEN DATE '{FIRST}' - {REACH_DAYS} AND DATE '{LAST}'")
    columns = ", ".join(windows.COLUMNS)
    rows = duckdb.sql(f"SELECT order_id, {columns} FROM ({sql}) WHERE ds >= DATE '{FIRST}'")
    return {row[0]: row[1:] for row in rows.fetchall()}


def test_every_order_has_the_handbooks_features(spark, real_data):
    from pyspark.sql import functions as F

    days = [FIRST - dt.timedelta(days=back) for back in range(REACH_DAYS, 0, -1)] + [FIRST, LAST]
    orders, verdicts = (validate_rows(read_source(spark, EXAMPLE, real_data / "handbook", TABLES[name], days),
                                      TABLES[name], Key(b"of this test")) for name in ("orders", "verdicts"))
    told = point_in_time_features(orders, Responses(verdicts), F.col("ds") >= F.lit(FIRST), ORDER)
    rows = told.select("order_id", *windows.COLUMNS).collect()
    expected = published(real_data / "handbook")
    assert len(rows) == len(expected) == 19_285
    for row in rows:
        assert tuple(row)[1:] == pytest.approx(expected[row["order_id"]], abs=1e-6)
