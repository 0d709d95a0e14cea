"""The table of fairness: the rows of some days, audit and commit."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from jobs.after_sales.audited_cases import audited_cases
from jobs.after_sales.case_fairness import fairness_rows, model_rows
from jobs.after_sales.case_groups import case_groups
from jobs.after_sales.case_model import CaseModel
from jobs.after_sales.case_rows import case_rows
from jobs.after_sales.drawn_cases import drawn_cases
from jobs.after_sales.judged_cases import judged_cases
from jobs.after_sales.last_attributions import last_attributions
from jobs.after_sales.photo_copies import photo_copies
from jobs.after_sales.registered_model import of_version
from jobs.after_sales.swapped_decisions import SwappedDecisions
from jobs.decisions import open_money
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import fairness_audits
from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect

TABLE = catalog.CASE_FAIRNESS_WEEKLY


def repeat(config: Settings, lake: Lake, days: Sequence[dt.date], manifest: Mapping[str, Any]) -> None:
    """Measure the days of a run again, with the version of the model that it had.

    Args:
        lake: reads the tables at the versions that the run read.

    Raises:
        UserError: the registry does not have the version.
    """
    measure_and_commit(lake, days, of_version(config, manifest["outputs"][TABLE.name]["model"]))


def measure_and_commit(lake: Lake, days: Sequence[dt.date], model: tuple[str, CaseModel] | None) -> None:
    """Write, audit and commit the rows of some days, each as it was known by the day.

    Args:
        model: its version and itself; None without a champion.
    """
    found = [row for day in days for row in _of_day(lake, day, model[1] if model else None)]
    table = pa.Table.from_pylist(found, arrow_schema(TABLE))
    lake.stage(lake.write_table(table, TABLE.name, days, metadata={"model": model[0] if model else None}))
    audit_and_commit(None, lake, "fairness", days[-1], fairness_audits())


def _of_day(lake: Lake, day: dt.date, model: CaseModel | None) -> list[dict[str, Any]]:
    with connect() as db:
        open_money.attach(db, lake, day)
        judged = judged_cases(db, day)
        console.log(f"fairness, {day}: {len(judged):,} decided cases")
        if not len(judged):
            return []
        groups = case_groups(db, judged.select(["case_id"]))
        cases = audited_cases(judged, groups, last_attributions(lake, judged))
        drawn = case_rows(db, drawn_cases(judged, day), photo_copies(db))
    return [*fairness_rows(cases, day, lake.run_id),
            *model_rows(drawn, groups, SwappedDecisions(model) if model else None, day, lake.run_id)]
