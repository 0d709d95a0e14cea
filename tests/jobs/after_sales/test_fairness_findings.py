"""Findings become rows of the declared table."""

import datetime as dt

import pyarrow as pa

from jobs.after_sales.fairness_findings import Finding, finding_rows
from jobs.after_sales.group_measures import GroupMeasure
from jobs.storage.catalog.after_sales_tables import CASE_FAIRNESS_WEEKLY
from jobs.storage.catalog.arrow_types import arrow_schema

NAN, DAY = float("nan"), dt.date(2026, 4, 30)


def finding(group, p):
    return Finding("seller region", "gap", "desk", "reversal", GroupMeasure(group, 5, 0.5, 0.1, 0.9, NAN, NAN, NAN, p))


def test_q_corrects_for_all_findings_together_and_what_is_not_known_is_null():
    rows = finding_rows([finding("a", 0.01), finding("b", 0.04), finding("c", NAN)], DAY, 13, "r")
    assert [row["q"] for row in rows] == [0.01 * 2, 0.04, None]
    assert [rows[0][name] for name in ("n", "value", "lo", "hi", "gap")] == [5, 0.5, 0.1, 0.9, None]
    assert {(row["ds"], row["week"], row["weeks"], row["run_id"]) for row in rows} == {
        (DAY, DAY - dt.timedelta(7 * 13 - 1), 13, "r")}


def test_a_row_has_the_columns_of_the_table_and_their_types():
    rows = finding_rows([finding("a", 0.01)], DAY, 1, "r")
    assert set(rows[0]) == set(CASE_FAIRNESS_WEEKLY.names)
    assert pa.Table.from_pylist(rows, arrow_schema(CASE_FAIRNESS_WEEKLY)).num_rows == 1


def test_no_finding_gives_no_row():
    assert finding_rows([], DAY, 1, "r") == []
