"""Repeat a run from its manifest, into a lake of its own, and compare the rows.

Reads the manifest: the versions of the events, the models and the policy. Builds the features of the run's days again
from those versions of the events, scores them with those versions of the models, and decides them under the policies,
which must be those of the run. Estimates effects, updates the ledger, attributes cases and measures fairness from what
these steps of the run read. Writes into `VIGIL_HOME/replays/<run_id>/`; the lake itself does not change. Run again, it
replaces that folder.
"""

import argparse
import datetime as dt
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from features.entities import FEATURE_SETS
from features.inputs.tables import TABLES
from features.order import ORDER
from jobs import spark_server, step
from jobs.after_sales import attribution_table, fairness_table
from jobs.decisions.decision_tables import TABLES as TABLES_OF_DECISIONS
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import Policies, read_policies
from jobs.decisions.risk_tables import publish
from jobs.effects.effect_table import estimate_and_commit
from jobs.engines.spark import session
from jobs.errors import UserError
from jobs.feature_store import entity_features, order_features
from jobs.ledger.ledger_table import update_and_commit
from jobs.quality import stages
from jobs.quality.commit_gate import audit_and_commit
from jobs.runtime import console, run_names
from jobs.scoring.predict import score
from jobs.settings import Settings, load_settings
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake, Pin
from jobs.storage.row_checksum import row_checksum
from jobs.training import models, registry
from jobs.training.model_version import ModelVersion

# What a day's decisions read of the decisions of earlier days.
OF_EARLIER_DAYS = catalog.DECISION_DAILY.name, catalog.EXPERIMENT_UNITS.name
AFTER_DECISIONS = "effects", "ledger"  # stages that read the run's own tables as they were
CASES = "cases"  # the stage of after-sales cases, which reads events alone
FAIRNESS = "fairness"  # the stage that reads events, and attributions as they were


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run-id", type=run_names.run_name, required=True, help="the run to repeat")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    original = Lake(config.lake, args.run_id)
    manifest = run_manifest.read(original, args.run_id)
    policies = read_policies(config.policies)
    require_repeatable(original, args.run_id, manifest, policies)
    copy = new_lake(config, original, args.run_id, manifest)
    spark_server.main(["start", "--owner", str(os.getpid()), "--run-id", copy.run_id])
    try:
        spark = session(config, copy.run_id)
        repeat(config, spark, copy, manifest, policies)
        if pins := _pins(original, manifest, CASES):
            attribution_table.repeat(config, spark, Lake(copy.root, copy.run_id, pins), _days(manifest), manifest)
    finally:
        spark_server.main(["stop", "--run-id", copy.run_id])
    for stage, repeated in zip(AFTER_DECISIONS, (estimate_and_commit, update_and_commit)):
        if pins := _pins(original, manifest, stage):
            repeated(Lake(copy.root, copy.run_id, pins), _days(manifest), policies)
    if pins := _pins(original, manifest, FAIRNESS):
        fairness_table.repeat(config, Lake(copy.root, copy.run_id, pins), _days(manifest), manifest)
    compare(original, copy, manifest)


def require_repeatable(lake: Lake, run_id: str, manifest: dict[str, Any] | None, policies: Policies) -> None:
    """Require that a run can be repeated.

    Raises:
        UserError: there is no such run, it published nothing, or the definitions have changed since.
    """
    if manifest is None or not _entities(manifest):
        raise UserError(f"run {run_id}: {lake.root}/{run_manifest.path(run_id)} is not the manifest of a run that "
                        'published. List runs: make sql Q="select distinct ds, run_id from seller_risk_daily"')
    now = {entity: feature_set.hash for entity, feature_set in FEATURE_SETS.items()}
    changed = [name for name, then, today in (("features", manifest["feature_sets"], now),
                                              ("policies", manifest["policy"]["version"], policies.version))
               if then != today]
    if changed:
        raise UserError(f"run {run_id}: {' and '.join(changed)} have changed since. It was made by code "
                        f"{manifest['code']}: check that out, then: make replay RUN={run_id}")


def new_lake(config: Settings, original: Lake, run_id: str, manifest: dict[str, Any]) -> Lake:
    """Create an empty lake that reads the events, and the decisions of earlier days, at the versions of the run."""
    root = config.home / "replays" / run_id / "lake"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    pins = _pins(original, manifest, "features", "decisions", "publish")
    return Lake(str(root), f"replay-{run_id}", {name: pin for name, pin in pins.items()
                                                if name in (*TABLES, *OF_EARLIER_DAYS)})


def _pins(original: Lake, manifest: dict[str, Any], *of_stages: str) -> dict[str, Pin]:
    """Return what the stages of a run read, at its versions."""
    return {name: Pin(original.root, version) for output in manifest["outputs"].values()
            if output["stage"] in of_stages for name, version in output["inputs"].items()}


def repeat(config: Settings, spark, lake: Lake, manifest: dict[str, Any], policies: Policies) -> None:
    """Compute features, scores, decisions and risk tables of the run's days again."""
    days = _days(manifest)
    entity_features.build(spark, lake, days)
    if ORDER.entity in _entities(manifest):
        order_features.build(spark, lake, days)
    audit_and_commit(spark, lake, "features", days[-1], stages.feature_audits())
    for entity in _entities(manifest):
        used = {risk: _model(config, f"{entity}/{risk}", version)
                for risk, version in manifest["models"][entity].items()}
        score(spark, Lake(lake.root, lake.run_id), entity, days, used)
    audit_and_commit(spark, lake, "scores", days[-1], stages.score_audits())
    decide_and_commit(Lake(lake.root, lake.run_id, lake.pins), days, policies)
    events = {name: pin for name, pin in lake.pins.items() if name in TABLES}  # decisions are those of the copy
    publish(spark, Lake(lake.root, lake.run_id, events), days)


def _model(config: Settings, name: str, version: str) -> ModelVersion:
    """Load the model version that the run scored with.

    Raises:
        UserError: the registry does not have the version.
    """
    loaded = registry.load(config, models.find_model(name), version)
    if loaded is None:
        raise UserError(f"{name}: version {version}, which the run scored with, is not in {registry.location(config)}. "
                        f"Restore it and {config.home / 'mlartifacts'} from a backup")
    return loaded


def compare(original: Lake, copy: Lake, manifest: dict[str, Any]) -> None:
    """Log for each table whether its rows are identical to the run's rows.

    Raises:
        UserError: the rows of a table differ.
    """
    differ = []
    tables = [table_of(entity) for entity in _entities(manifest)
              for table_of in (catalog.features, catalog.scores, catalog.risk_daily)]
    later = [name for name, output in manifest["outputs"].items()
             if output["stage"] in (*AFTER_DECISIONS, CASES, FAIRNESS)]
    for table in (*(table.name for table in (*tables, *TABLES_OF_DECISIONS)), *later):
        output = manifest["outputs"][table]
        then = row_checksum(Lake(original.root, pins={table: Pin(original.root, output["version"])}), table,
                            _days(manifest))
        now = row_checksum(Lake(copy.root), table, _days(manifest))
        console.log(f"{table}: {'rows identical' if then == now else 'rows differ'}, {then}"
                    + ("" if then == now else f" then, {now} now"))
        differ += [table] if then != now else []
    if differ:
        raise UserError(f"{', '.join(differ)}: the repeated run gave other rows than run {original.run_id}, which was "
                        f"made by code {manifest['code']}. The copy is in {copy.root}; compare the two with DuckDB.")


def _entities(manifest: dict[str, Any]) -> list[str]:
    """Return the entities with a risk table in the run: a marketplace may have no creators."""
    return [entity for entity in FEATURE_SETS if catalog.risk_daily(entity).name in manifest.get("outputs", {})]


def _days(manifest: dict[str, Any]) -> list[dt.date]:
    return [dt.date.fromisoformat(day) for day in manifest["outputs"]["seller_risk_daily"]["days"]]


if __name__ == "__main__":
    sys.exit(step.run(main))
