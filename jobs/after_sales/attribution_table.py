"""The table of attributions: the rows of some days, audit and commit."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from features.inputs.tables import TABLES
from jobs.after_sales.attribution_rows import attribution_rows
from jobs.after_sales.case_model import CaseModel
from jobs.after_sales.policy import ResolutionPolicy
from jobs.decisions import open_money
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import case_audits
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.training.seeds import day_seed


def attribute_and_commit(lake: Lake, days: Sequence[dt.date], copies: pa.Table, policy: ResolutionPolicy,
                         policy_version: str, model: tuple[str, CaseModel] | None) -> None:
    """Write, audit and commit the open cases of some days.

    Args:
        model: its version and itself; None without a champion.
    """
    found = []
    for day in days:
        with connect() as db:
            open_money.attach(db, lake, day)
            tables = {name for name in TABLES if lake.has(name) and any(each <= day for each in lake.days(name))}
            rows = attribution_rows(db, day, copies, policy, model[1] if model else None, tables,
                                    day_seed(catalog.CASE_ATTRIBUTION_DAILY.name, day))
        decided = sum(row["decided"] for row in rows)
        console.log(f"cases, {day}: {len(rows):,} open, {decided:,} decided by their evidence")
        found += [row | {"model_versions": model and f"case/responsibility:{model[0]}",
                         "policy_version": policy_version, "run_id": lake.run_id} for row in rows]
    table = pa.Table.from_pylist(found, arrow_schema(catalog.CASE_ATTRIBUTION_DAILY))
    lake.stage(lake.write_table(table, catalog.CASE_ATTRIBUTION_DAILY.name, days,
                                metadata={"policies": policy_version, "model": model[0] if model else None}))
    audit_and_commit(None, lake, "cases", days[-1], case_audits())
