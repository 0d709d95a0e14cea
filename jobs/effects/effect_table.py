"""The tables of effects: the rows of `effect_daily` of some days, audit and commit."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from jobs.decisions import open_money
from jobs.decisions.experiment_files import Experiment
from jobs.decisions.policy_files import Policies
from jobs.effects import prevalence_table, switchback_effects
from jobs.effects.experiment_effects import rows
from jobs.effects.unit_outcomes import of_version, outcomes
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import effect_audits
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.kept_rows import kept_rows
from jobs.storage.lake import Lake
from jobs.storage.query import connect


def estimate_and_commit(lake: Lake, days: Sequence[dt.date], policies: Policies) -> None:
    """Write, audit and commit effects and prevalence as they were known by each of some days."""
    found = [row | {"run_id": lake.run_id} for day in days for row in effects(lake, day, policies)]
    table = pa.Table.from_pylist(found, arrow_schema(catalog.EFFECT_DAILY))
    lake.stage(lake.write_table(table, catalog.EFFECT_DAILY.name, days, metadata={"policies": policies.version}))
    for day, experiment, state in sorted({(row["ds"], row["experiment"], row["state"]) for row in found}):
        console.log(f"{experiment}, {day}: {state}")
    prevalence_table.stage(lake, days, policies)
    audit_and_commit(None, lake, "effects", days[-1], effect_audits())


def effects(lake: Lake, ds: dt.date, policies: Policies) -> list[dict[str, Any]]:
    """Return the rows of `effect_daily` of a day without the run: of every experiment that has units by then."""
    units = kept_rows(lake, catalog.EXPERIMENT_UNITS, lambda day: day <= ds)
    names = set(units["experiment"].to_pylist())
    experiments = [each for each in policies.experiments if each.name in names]
    if not experiments:
        return []
    with connect() as db:
        open_money.attach(db, lake, ds)
        return [row for experiment in experiments for row in _of_experiment(db, experiment, units, ds)]


def _of_experiment(db, experiment: Experiment, units: pa.Table, ds: dt.date) -> list[dict[str, Any]]:
    mine = of_version(units, experiment.name, experiment.version).sort_by("unit")
    if experiment.is_switchback:
        return switchback_effects.rows(db, experiment, mine, ds)
    counted = {metric: outcomes(db, experiment, mine, metric, ds)
               for metric in experiment.metrics}
    return rows(experiment, mine, counted, ds)
