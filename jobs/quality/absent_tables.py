"""Warnings about tables that arrived on each of the last days and are missing: a stopped feed leaves no row."""

import datetime as dt
from collections.abc import Sequence

from jobs.ingestion import ingest_log
from jobs.ingestion.ingest_log import LOG
from jobs.quality.great_expectations_runner import ExpectationResult
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

# A table is expected where it had rows on each of so many days before. Days on which no table arrived are left out.
DAYS_IN_A_ROW = 7


def absent_tables(lake: Lake, log: StagedWrite) -> list[ExpectationResult]:
    """Return a warning for each table that is missing on a day of the staged log and arrived on each day before."""
    arrived: dict[dt.date, set[str]] = {}
    staged = {str(day) for day in log.dates}
    rows = [(entry.ds, entry.table, entry.rows_in) for entry in ingest_log.read(lake).values()
            if str(entry.ds) not in staged]
    new_rows = lake.written_arrow(log).to_table(columns=["ds", "table", "rows_in"]).to_pylist()
    for day, table, count in [*rows, *((row["ds"], row["table"], row["rows_in"]) for row in new_rows)]:
        arrived.setdefault(day, set()).update([table] if count else [])
    missing: dict[str, list[dt.date]] = {}
    for day in log.dates:
        before = [arrived[d] for d in sorted(arrived) if d < day][-DAYS_IN_A_ROW:]
        usual = set.intersection(*before) if len(before) == DAYS_IN_A_ROW else set()
        for table in usual - arrived.get(day, set()):
            missing.setdefault(table, []).append(day)
    return [_result(table, days) for table, days in sorted(missing.items())]


def _result(table: str, days: Sequence[dt.date]) -> ExpectationResult:
    shown = ", ".join(map(str, days[:3])) + (f" and {len(days) - 3} more days" if len(days) > 3 else "")
    return ExpectationResult(table, "expect_table_to_come", f"{LOG} of {shown}", "warning", False,
                             f"rows, as on each of the {DAYS_IN_A_ROW} days before", "none")
