"""The tables of the ledger: their rows of some days, audit and commit."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from jobs.decisions import open_money
from jobs.decisions.policy_documents import LIVE
from jobs.decisions.policy_files import Policies
from jobs.ledger import case_estimates, estimates, governance_funnel, months, weekly_displacement
from jobs.ledger.entries import entries
from jobs.ledger.experiment_estimates import measuring_trade, of_experiments
from jobs.ledger.goal_metrics import Written
from jobs.ledger.goals import goal_row
from jobs.ledger.positions import positions
from jobs.ledger.risk_development import RiskDevelopment
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import ledger_audits
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.kept_rows import kept_rows
from jobs.storage.lake import Lake
from jobs.storage.query import connect

TABLES = (catalog.LOSS_LEDGER, catalog.LOSS_MONTHLY, catalog.GOVERNANCE_FUNNEL_DAILY,
          catalog.DISPLACEMENT_WEEKLY, catalog.GOAL_DAILY)
DECIDED = ("ds", "decision_id", "queue", "risk", "entity", "entity_id", "minutes", "policy_version", "score", "stops",
           "expected_loss_cents", "experiment", "friction_seller_cents", "friction_user_cents",
           "friction_creator_cents", "friction_platform_cents", "suppressed_by", "mode", "action", "control_point")
ESTIMATE_KEY = ("account", "risk", "borne_by", "incurred_ds", "experiment")
Row = dict[str, Any]


def update_and_commit(lake: Lake, days: Sequence[dt.date], policies: Policies) -> None:
    """Write, audit and commit the tables of some days, in order: a day reads the entries before it."""
    known = kept_rows(lake, catalog.LOSS_LEDGER, lambda day: day < days[0])
    by_table: dict[catalog.OutputTable, list[Row]] = {table: [] for table in TABLES}
    for day in days:
        with connect() as db:
            open_money.attach(db, lake, day)
            live, developed = _live(lake, day), estimates.developed(db, day)
            units = _up_to(lake, catalog.EXPERIMENT_UNITS, day)
            new = _entries(db, lake, day, policies, known, live, units, developed)
            known = pa.concat_tables([known, _table(new, lake.run_id, catalog.LOSS_LEDGER)])
            of_day = {catalog.LOSS_LEDGER: new, catalog.LOSS_MONTHLY: months.months(known, day),
                      catalog.GOVERNANCE_FUNNEL_DAILY: [*governance_funnel.rows(db, lake, live, developed, day)],
                      catalog.DISPLACEMENT_WEEKLY: [*weekly_displacement.rows(db, units, policies.experiments, day)]}
            of_day[catalog.GOAL_DAILY] = _goals(db, lake, day, policies, of_day)
        for table, rows in of_day.items():
            by_table[table] += rows
        _log(day, new)
    for table, rows in by_table.items():
        lake.stage(lake.write_table(_table(rows, lake.run_id, table), table.name, days,
                                    metadata={"policies": policies.version}))
    audit_and_commit(None, lake, "ledger", days[-1], ledger_audits())


def _goals(db: duckdb.DuckDBPyConnection, lake: Lake, ds: dt.date, policies: Policies,
           of_day: Mapping[catalog.OutputTable, list[Row]]) -> list[Row]:
    """Return the state of each goal by what the day has written."""
    if not policies.goals:
        return []
    written = Written(*(_table(of_day[table], lake.run_id, table) for table in (
        catalog.LOSS_MONTHLY, catalog.GOVERNANCE_FUNNEL_DAILY)),
        kept_rows(lake, catalog.PREVALENCE_WEEKLY, lambda day: day == ds))
    return [goal_row(db, goal, written, ds) for goal in policies.goals]


def _up_to(lake: Lake, table: catalog.OutputTable, ds: dt.date) -> pa.Table:
    return kept_rows(lake, table, lambda day: day <= ds)


def _live(lake: Lake, ds: dt.date) -> pa.Table:
    """Return the live decisions up to a day."""
    decisions = _up_to(lake, catalog.DECISION_DAILY, ds).select(DECIDED)
    return decisions.filter(pc.equal(decisions["mode"], LIVE))


def _entries(db: duckdb.DuckDBPyConnection, lake: Lake, ds: dt.date, policies: Policies, known: pa.Table,
             live: pa.Table, units: pa.Table, developed: Mapping[str, RiskDevelopment]) -> list[Row]:
    booked = known.filter(pc.is_valid(known["amount_cents"]))
    acted = live.filter(pc.and_(pc.is_null(live["suppressed_by"]), pc.greater(live["stops"], 0)))
    effects = kept_rows(lake, catalog.EFFECT_DAILY, lambda day: day == ds)
    experiments = {experiment.name: experiment for experiment in policies.experiments}
    estimated = [*estimates.unreported(developed, ds), *estimates.of_decisions(db, acted, measuring_trade(effects)),
                 *of_experiments(effects, units, experiments),
                 *case_estimates.of_cases(db, kept_rows(lake, catalog.CASE_ATTRIBUTION_DAILY, lambda day: day == ds,
                                                        case_estimates.COLUMNS))]
    return [*entries(booked, positions(db, live, policies.queues), ds), *_restated(known, estimated, ds)]


def _restated(known: pa.Table, estimated: Iterable[Row], ds: dt.date) -> Iterator[Row]:
    """Yield an entry for each estimate that differs from its last one, and a withdrawal of each that is gone."""
    last: dict[tuple, Row] = {}
    for row in sorted(known.filter(pc.is_null(known["amount_cents"])).to_pylist(), key=lambda row: row["ds"]):
        last[_key(row)] = row
    now = {_key(row): row for row in estimated}
    for key in sorted(last.keys() | now.keys(), key=str):
        before, row = last.get(key), now.get(key)
        if row is None and before["estimate"] is not None:
            row = before | {"estimate": None, "lo": None, "hi": None, "method": "no estimate any more"}
        if row is not None and (before is None or any(row[name] != before[name] for name in ("estimate", "lo", "hi"))):
            digest = hashlib.sha256(f"{ds}|{'|'.join(map(str, key))}".encode()).hexdigest()[:16]
            yield row | {"ds": ds, "entry_id": digest}


def _key(row: Row) -> tuple:
    return tuple(row[name] for name in ESTIMATE_KEY)


def _table(rows: Iterable[Row], run_id: str, of: catalog.OutputTable) -> pa.Table:
    return pa.Table.from_pylist([row | {"run_id": run_id} for row in rows], arrow_schema(of))


def _log(day: dt.date, new: Sequence[Row]) -> None:
    booked = sum(row.get("amount_cents") is not None for row in new)
    console.log(f"ledger, {day}: {booked:,} booked entries, {len(new) - booked:,} estimates restated")
    for refused in sorted({row["method"] for row in new if row["account"] == "unreported" and row["estimate"] is None}):
        console.log(f"ledger, {day}: {refused}")
