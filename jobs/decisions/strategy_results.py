"""The results of back-tests and frontiers as tables of the lake. A result with the same key is replaced."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from jobs.decisions.policy_files import Policies, Policy
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import strategy_audits
from jobs.storage import catalog
from jobs.storage.catalog import OutputTable
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake

LIVE = "live"


@dataclass(frozen=True)
class Comparison:
    """A back-test: two sets of decisions over some days, and their figures.

    Attributes:
        against: the other policy; None: the live ones.
        scores: kept or champion.
        rows: as `strategy_comparison.measured` returns them.
        days_over_capacity: by side.
        decisions, decisions_against: rows of `decision_daily` of both.
    """

    days: Sequence[dt.date]
    as_of: dt.date
    policy: Policy
    against: Policy | None
    policies: Policies
    scores: str
    rows: Sequence[Mapping[str, Any]]
    days_over_capacity: Mapping[str, int]
    decisions: pa.Table
    decisions_against: pa.Table

    @property
    def against_name(self) -> str:
        return self.against.name if self.against else LIVE

    @property
    def against_version(self) -> str:
        """Version of the other policy; of the live ones, the versions of those that decide on the same risks."""
        if self.against:
            return self.against.version
        live = {policy.version for risk in self.policy.risks
                if (policy := self.policies.live_policy(self.policy.entity, risk, self.days[-1]))}
        return "+".join(sorted(live)) or "none"


def write(lake: Lake, comparisons: Sequence[Comparison]) -> None:
    """Write, audit and commit the rows of back-tests, each under its last day."""
    rows = [_row(lake, comparison, row) for comparison in comparisons for row in comparison.rows]
    replace_rows(lake, catalog.STRATEGY_BACKTEST, pa.Table.from_pylist(rows, arrow_schema(catalog.STRATEGY_BACKTEST)))


def _row(lake: Lake, comparison: Comparison, row: Mapping[str, Any]) -> dict[str, Any]:
    days = comparison.days
    return {**{name: None if value != value else value for name, value in row.items()},
            "ds": days[-1], "first_day": days[0], "as_of": comparison.as_of,
            "policy": comparison.policy.name, "policy_version": comparison.policy.version,
            "against": comparison.against_name, "against_version": comparison.against_version,
            "scores": comparison.scores, "days": len(days), "run_id": lake.run_id,
            "days_over_capacity": comparison.days_over_capacity.get(row["side"], 0)}


def replace_rows(lake: Lake, table: OutputTable, rows: pa.Table) -> None:
    """Commit rows of one day beside the day's rows with other keys.

    Args:
        rows: of a single `ds`, at least one.
    """
    day = rows["ds"][0].as_py()
    if lake.has(table.name) and day in lake.days(table.name):
        kept = lake.arrow(table.name, [day]).to_table().select(rows.column_names).cast(rows.schema)
        rows = pa.concat_tables([kept.join(rows.select(list(table.key)), list(table.key), join_type="left anti"), rows])
    ordered = rows.select(list(table.names)).sort_by([(name, "ascending") for name in table.key])
    lake.stage(lake.write_table(ordered, table.name, [day]))
    audit_and_commit(None, lake, "strategies", day, strategy_audits())
