"""The results of back-tests and frontiers as tables of the lake. A later result of the same comparison replaces it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from jobs.decisions.policy_files import Policies, Policy
from jobs.decisions.strategy_comparison import ALL
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import strategy_audits
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.catalog import OutputTable
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake

LIVE = "live"
KEPT, CHAMPION = "kept", "champion"
STAGE = "strategies"
# The columns that name a comparison. Its rows are replaced together, so that no segment of an earlier run stays.
OF_BACKTEST = ("ds", "first_day", "policy_version", "against_version", "scores")
OF_FRONTIER = ("ds", "first_day", "entity")


@dataclass(frozen=True)
class Comparison:
    """A back-test: two sets of decisions over some days, and their figures.

    Attributes:
        as_of: the day by which verdicts had arrived.
        against: the other policy; None: the live ones.
        scores: kept or champion.
        rows: as `strategy_comparison.measured` returns them.
        days_over_capacity: of the two policies, by side.
    """

    days: Sequence[dt.date]
    as_of: dt.date
    policy: Policy
    against: Policy | None
    policies: Policies
    scores: str
    rows: Sequence[Mapping[str, Any]]
    days_over_capacity: Mapping[str, int]

    @property
    def against_name(self) -> str:
        """Name of the other policy, or `live`."""
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
    """Write, audit and commit the rows of back-tests of the same days, under their last day."""
    rows = [_row(lake, comparison, row) for comparison in comparisons for row in comparison.rows]
    _replace(lake, catalog.STRATEGY_BACKTEST, rows, OF_BACKTEST)


def _row(lake: Lake, comparison: Comparison, row: Mapping[str, Any]) -> dict[str, Any]:
    days = comparison.days
    return {**{name: None if value != value else value for name, value in row.items()},
            "ds": days[-1], "first_day": days[0], "as_of": comparison.as_of,
            "policy": comparison.policy.name, "policy_version": comparison.policy.version,
            "against": comparison.against_name, "against_version": comparison.against_version,
            "scores": comparison.scores, "days": len(days), "run_id": lake.run_id,
            "days_over_capacity": comparison.days_over_capacity.get(row["side"]) if row["segment_by"] == ALL else None}


def write_frontier(lake: Lake, entity: str, days: Sequence[dt.date],
                   points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write, audit and commit the points of a frontier under the last day, and return their rows."""
    rows = [{**point, "ds": days[-1], "first_day": days[0], "entity": entity, "run_id": lake.run_id}
            for point in points]
    _replace(lake, catalog.STRATEGY_FRONTIER, rows, OF_FRONTIER)
    return rows


def _replace(lake: Lake, table: OutputTable, rows: Sequence[Mapping[str, Any]], same: Sequence[str]) -> None:
    """Commit rows of one day in the place of the day's rows with equal columns `same`, and beside all others."""
    new = pa.Table.from_pylist(list(rows), arrow_schema(table))
    day = rows[0]["ds"]
    if lake.has(table.name) and day in lake.days(table.name):
        old = lake.arrow(table.name, [day]).to_table()
        if set(old.column_names) == set(new.column_names):
            old = old.select(new.column_names).cast(new.schema)
            new = pa.concat_tables([old.join(new.select(list(same)), list(same), join_type="left anti"), new])
        else:
            console.log(f"{table}, {day}: its rows have the columns of an older release and are replaced; run what you "
                        "still need again")
    lake.stage(lake.write_table(new.sort_by([(name, "ascending") for name in table.key]), table.name, [day]))
    audit_and_commit(None, lake, STAGE, day, strategy_audits())
