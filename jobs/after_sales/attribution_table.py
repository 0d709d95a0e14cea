"""The table of attributions: the rows of some days, audit and commit."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from features.inputs.tables import TABLES
from jobs.after_sales.attribution_rows import attribution_rows
from jobs.after_sales.case_model import CaseModel
from jobs.after_sales.image_copies import image_copies
from jobs.after_sales.policy import ResolutionPolicy, policy_version, read_resolution_policy
from jobs.after_sales.registered_model import MODEL, of_version
from jobs.decisions import open_money
from jobs.decisions.policy_documents import shown
from jobs.errors import UserError
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import case_audits
from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.training import registry
from jobs.training.seeds import day_seed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def warn_of_lost(config: Settings, lake: Lake, model: tuple[str, CaseModel] | None) -> None:
    """Log a warning where the last attributions had a model and now there is none: all cases go to a person."""
    # A separate `Lake`: the table is no input of the run.
    table, last = catalog.CASE_ATTRIBUTION_DAILY.name, Lake(lake.root)
    used = last.commit_metadata(table, "model") if last.has(table) else None
    if used and model is None:
        day = max(last.days(table))
        console.log(f"warning, {MODEL.name}: no champion now; the last attributions, up to {day}, were made by "
                    f"version {used}. Give it the alias again, restore {registry.location(config)}, or train "
                    f"again: {MODEL.train} --ds DAY")


def repeat(config: Settings, spark: "SparkSession", lake: Lake, days: Sequence[dt.date],
           manifest: Mapping[str, Any]) -> None:
    """Attribute the cases of a run again, with the version of the model that it had.

    Raises:
        UserError: the policy has changed since, or the registry does not have the version.
        DamagedStore: a file of the version is missing or broken.
    """
    output = manifest["outputs"][catalog.CASE_ATTRIBUTION_DAILY.name]
    policy = read_resolution_policy(config.policies)
    now = policy_version(policy)
    if now != output["policies"]:
        raise UserError(f"{shown(config.policies)}/after_sales.toml has changed since the run: found version {now}, "
                        f"expected {output['policies']}. Restore the file, then repeat the run")
    attribute_and_commit(lake, days, image_copies(spark, lake), policy, now, of_version(config, output["model"]))


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
