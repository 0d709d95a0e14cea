"""A table that came on each of the last days and stays away is named, and one that comes now and then is not."""

import datetime as dt

import pyarrow as pa
import pytest

from jobs.ingestion import ingest_log
from jobs.ingestion.ingest_log import LOG, LogEntry
from jobs.quality.absent_tables import absent_tables
from jobs.storage.lake import Lake

FIRST = dt.date(2026, 11, 1)


def log_of(spark, lake, came):
    """The log of days, one a list of the tables that came with rows, written and not yet committed."""
    entries = [LogEntry(table, FIRST + dt.timedelta(days=n), 5, 5) for n, tables in came.items() for table in tables]
    rows = pa.Table.from_pylist([entry.as_row() for entry in entries], ingest_log.SCHEMA)
    return lake.write(spark.createDataFrame(rows), LOG, [FIRST + dt.timedelta(days=n) for n in came], key="table")


@pytest.fixture
def week(spark, lake):
    """Seven days with orders and clicks, and cases on all but one."""
    lake.commit(log_of(spark, lake, {n: ["orders", "clicks", *(["cases"] if n != 3 else [])] for n in range(7)}))
    return Lake(lake.root)


def test_a_table_that_came_every_day_and_stays_away_is_a_warning(spark, week):
    (result,) = absent_tables(week, log_of(spark, week, {7: ["orders"]}))
    assert (result.table, result.severity, result.success) == ("clicks", "warning", False)
    assert result.sentence() == ("ingest_log of 2026-11-08: expected rows, as on each of the 7 days before, found none "
                                 "(warning)")


def test_orders_that_stay_away_are_a_warning_too(spark, week):
    assert [result.table for result in absent_tables(week, log_of(spark, week, {7: ["clicks"]}))] == ["orders"]


def test_a_day_on_which_nothing_came_is_no_day_and_breaks_no_row(spark, week):
    assert [result.table for result in absent_tables(week, log_of(spark, week, {9: ["orders"]}))] == ["clicks"]


def test_every_day_of_a_range_is_looked_at(spark, week):
    (result,) = absent_tables(week, log_of(spark, week, {7: ["orders"], 8: ["orders", "clicks"], 9: ["orders"]}))
    assert result.about == "ingest_log of 2026-11-08"


def test_a_week_is_needed_to_know_what_comes_every_day(spark, lake):
    lake.commit(log_of(spark, lake, {n: ["orders", "clicks"] for n in range(6)}))
    fresh = Lake(lake.root)
    assert absent_tables(fresh, log_of(spark, fresh, {6: ["orders"]})) == []
