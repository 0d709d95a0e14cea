"""What an audit of cases found, as rows of `case_fairness_weekly`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from jobs.after_sales.group_measures import GroupMeasure
from jobs.statistics.false_discoveries import benjamini_hochberg


@dataclass(frozen=True)
class Finding:
    """A measure of a group, with what it is of; the names are those of the table."""

    attribute: str
    test: str
    decider: str
    metric: str
    measure: GroupMeasure


def finding_rows(findings: Sequence[Finding], as_of: dt.date, weeks: int, run_id: str) -> list[dict]:
    """Return a row of the table for each finding; q corrects for all of them together."""
    q = benjamini_hochberg([finding.measure.p for finding in findings])
    named = {"ds": as_of, "week": as_of - dt.timedelta(7 * weeks - 1), "weeks": weeks, "run_id": run_id}
    return [_row(finding, float(each)) | named for finding, each in zip(findings, q)]


def _row(finding: Finding, q: float) -> dict:
    of = finding.measure
    numbers = {"value": of.value, "lo": of.low, "hi": of.high, "gap": of.gap, "gap_lo": of.gap_low,
               "gap_hi": of.gap_high, "q": q}
    return {"attribute": finding.attribute, "group": of.group, "decider": finding.decider, "metric": finding.metric,
            "n": of.rows, "test": finding.test,
            **{name: None if number != number else number for name, number in numbers.items()}}
