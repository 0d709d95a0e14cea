"""Publish the day's risk tables: `<entity>_risk_daily` of sellers, users, creators and orders.

Reads the day's scores and the verdicts that had arrived by then. Writes one row per entity with its
largest risk, level, known risk, reasons and action, and one per order that arrived on the day; audits
them and commits them. Run again, it gives the same rows, and readers see the old day or the new one,
never a mixture.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.entities import FEATURE_SETS
from features.labels import confirmed_risks
from features.order import ORDER
from jobs import step
from jobs.decisions import policy
from jobs.decisions.risk_tables import entity_rows, names, order_rows
from jobs.engines.spark import session
from jobs.errors import UserError
from jobs.feature_store import freshness
from jobs.integrity.table_check import require_unchanged
from jobs.quality import expectations
from jobs.quality.commit_gate import Audit, audit_and_commit
from jobs.quality.great_expectations_runner import audit
from jobs.settings import load_settings
from jobs.storage import run_manifest
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return step.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = load_settings()
    lake = Lake(places.lake, args.run_id)
    lake.discard_staged()
    publish(session(places, args.run_id), lake, step.days_of(args))


def publish(spark: "SparkSession", lake: Lake, days: Sequence[dt.date]) -> None:
    """Write, audit and commit the risk table of every entity for some days."""
    entities = freshness.entities(lake)
    for entity in entities:
        _stage(spark, lake, entity, days)
    run_manifest.add_section(lake, "policy", {"version": policy.version()})
    audit_and_commit(spark, lake, "publish", days[-1], [(f"{entity}_risk_daily", _audit(entity)) for entity in entities])


def _stage(spark: "SparkSession", lake: Lake, entity: str, days: Sequence[dt.date]) -> None:
    """Write and stage one entity's risk table; a day whose orders were withdrawn is left without rows.

    Raises:
        Refused: a day has features and no scores.
    """
    table, rows_of = f"{entity}_risk_daily", freshness.days_with_rows(lake, entity, days)
    missing = sorted(set(rows_of) - set(lake.days(f"{entity}_scores")))
    if missing:
        raise UserError(f"{entity}_scores, {missing[0]}: no rows. Expected the scores of the day; run "
                      f"make nightly DS={missing[0]}")
    replaced = [day for day in days if day in rows_of or day in lake.days(table)]
    if not replaced:
        step.say(f"{entity}s, {days[-1]}: none arrived, nothing to publish")
        return
    require_unchanged(lake, f"{entity}_scores", rows_of)
    scores = lake.read(spark, f"{entity}_scores", rows_of)
    rows = order_rows(scores, lake.run_id) if entity == ORDER.entity else entity_rows(
        scores, _known(spark, lake, entity, days), entity, FEATURE_SETS[entity].hash, lake.run_id)
    lake.stage(lake.write(rows, table, replaced, key=f"{entity}_id", metadata={"policy": policy.version()}))


def _audit(entity: str) -> Audit:
    called = names(entity)
    suite = expectations.risk_daily(FEATURE_SETS[entity], called.score, called.level)
    return lambda df, written: audit(df, written.table, suite) if written.rows or entity != ORDER.entity else []


def _known(spark: "SparkSession", lake: Lake, entity: str, days: Sequence[dt.date]) -> "DataFrame":
    """Risks that stand confirmed on each day: (ds, entity_id, known_risk), the latest decision of several."""
    from pyspark.sql import functions as F

    if not lake.has("verdicts"):
        return spark.createDataFrame([], "ds date, entity_id string, known_risk string")
    verdicts = lake.read(spark, "verdicts", [day for day in lake.days("verdicts") if day <= max(days)])
    return (confirmed_risks(verdicts, entity, days).groupBy(F.col("as_of").alias("ds"), "entity_id")
            .agg(F.max_by("risk", F.struct("decided_at", "risk")).alias("known_risk")))


if __name__ == "__main__":
    sys.exit(step.run(main))
