"""Warnings about tables without any row so far, of which every row was quarantined.

Such a table is not written, because a table begins with its first row. So no audit of the table sees the day.
"""

import datetime as dt

import pyarrow.compute as pc

from jobs.quality.great_expectations_runner import ExpectationResult
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake


def unread_tables(lake: Lake, log: StagedWrite) -> list[ExpectationResult]:
    """Return a warning for each table that the staged log has rows of, and that the lake and this run have none of."""
    entries = lake.written_arrow(log).to_table(columns=["ds", "table", "rows_in", "kept"])
    days: dict[str, list[dt.date]] = {}
    for entry in entries.filter(pc.and_(pc.greater(entries["rows_in"], 0), pc.equal(entries["kept"], 0))).to_pylist():
        if lake.staged(entry["table"]) is None and not lake.has(entry["table"]):
            days.setdefault(entry["table"], []).append(entry["ds"])
    return [ExpectationResult(table, "expect_rows_to_be_kept", "quarantined_share", "warning", False, "less than 1",
                              f"1 on {min(of_table)}" + (f" and {len(of_table) - 1} more days" * (len(of_table) > 1)))
            for table, of_table in sorted(days.items())]
