"""The tables `<entity>_risk_daily`: their rows, their audit and their commit."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.entities import FEATURE_SETS
from features.labels import confirmed_risks
from features.order import ORDER
from features.risks import Risk, by_verdict
from jobs.decisions.policy_documents import LIVE
from jobs.decisions.policy_keys import NO_ACTION
from jobs.errors import UserError
from jobs.feature_store import freshness
from jobs.integrity.table_check import require_unchanged
from jobs.quality import expectations
from jobs.quality.commit_gate import Audit, audit_and_commit
from jobs.quality.great_expectations_runner import audit
from jobs.runtime import console
from jobs.scoring import risk_levels
from jobs.storage import catalog
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

CONFIRMED_ACTION = "confirmed: keep measures in force"
NO_SCORE_ACTION = "none: no model yet"


def risk_rows(scores: "DataFrame", confirmed: "DataFrame", decided: "DataFrame", entity: str, feature_set: str,
              run_id: str) -> "DataFrame":
    """Return one row per entity and day, with its largest risk, its level and its action.

    After-sales risks have scores and reasons, and are never the largest risk: a returned order is no fraud.

    Args:
        scores: (ds, <entity>_id, an order's user_id and seller_id, one score per risk, reasons, model_versions).
        confirmed: (ds, entity_id, confirmed_risk), at most one row per entity and day.
        decided: (ds, entity_id, decided_action, decision_id, policy), at most one row per entity and day.
        entity: seller, user, creator or order.
        feature_set: the hash of the scores' feature definitions.
        run_id: the run that publishes the rows.
    """
    from pyspark.sql import functions as F

    risks = by_verdict(entity)
    identifier = f"{entity}_id"
    joined = scores
    for other in (confirmed, decided):
        joined = joined.join(other.withColumnRenamed("entity_id", identifier), ["ds", identifier], "left")
    rated = joined.withColumn("risk_score", _largest(risks)).withColumn(
        "risk_level", risk_levels.level(F.col("risk_score")))
    return rated.withColumns({
        "top_risk": _top(risks), "action": _action(),
        "feature_set": F.lit(feature_set), "run_id": F.lit(run_id)}).select(*catalog.risk_daily(entity).names)


def _largest(risks: tuple[Risk, ...]):
    from pyspark.sql import functions as F

    scores = [F.col(f"{risk.name}_score") for risk in risks]
    return F.greatest(*scores) if len(scores) > 1 else scores[0]


def _top(risks: tuple[Risk, ...]):
    """Return the risk of the largest score; of equal scores, the first declared risk."""
    from pyspark.sql import functions as F

    top = F.lit(None).cast("string")
    for risk in reversed(risks):
        top = F.when(F.col(f"{risk.name}_score") == F.col("risk_score"), risk.name).otherwise(top)
    return top


def _action() -> "Column":
    """Return the action of a row: the decided one, else the word for why there is none."""
    from pyspark.sql import functions as F

    return F.coalesce(F.col("decided_action"), F.when(F.col("confirmed_risk").isNotNull(), CONFIRMED_ACTION),
                      F.when(F.col("risk_score").isNull(), NO_SCORE_ACTION), F.lit(NO_ACTION))


def publish(spark: "SparkSession", lake: Lake, days: Sequence[dt.date]) -> None:
    """Write, audit and commit the risk table of every entity for some days."""
    entities = freshness.entities(lake)
    for entity in entities:
        _stage(spark, lake, entity, days)
    audit_and_commit(
        spark, lake, "publish", days[-1], [(catalog.risk_daily(entity).name, _audit(entity)) for entity in entities])


def _stage(spark: "SparkSession", lake: Lake, entity: str, days: Sequence[dt.date]) -> None:
    """Write and stage one entity's risk table; a day with withdrawn orders has no rows.

    Raises:
        UserError: a day has features and no scores.
    """
    table, rows_of = catalog.risk_daily(entity).name, freshness.days_with_rows(lake, entity, days)
    missing = sorted(set(rows_of) - set(lake.days(catalog.scores(entity).name)))
    if missing:
        raise UserError(f"{catalog.scores(entity)}, {missing[0]}: no rows. Expected the scores of the day; run "
                        f"make nightly DS={missing[0]}")
    replaced = [day for day in days if day in rows_of or day in lake.days(table)]
    if not replaced:
        console.log(f"{entity}s, {days[-1]}: no rows arrived, nothing to publish")
        return
    require_unchanged(lake, catalog.scores(entity).name, rows_of)
    scores = lake.read(spark, catalog.scores(entity).name, rows_of)
    rows = risk_rows(scores, _confirmed_risks(spark, lake, entity, days), _decided(spark, lake, entity, rows_of),
                     entity, FEATURE_SETS[entity].hash, lake.run_id)
    lake.stage(lake.write(rows, table, replaced, key=f"{entity}_id"))


def _audit(entity: str) -> Audit:
    suite = expectations.risk_daily(FEATURE_SETS[entity])
    return lambda df, written: audit(df, written.table, suite) if written.rows or entity != ORDER.entity else []


def _confirmed_risks(spark: "SparkSession", lake: Lake, entity: str, days: Sequence[dt.date]) -> "DataFrame":
    """Return the confirmed risks as of each day, the latest decision per entity.

    Returns:
        (ds, entity_id, confirmed_risk), at most one row per entity and day.
    """
    from pyspark.sql import functions as F

    if not lake.has("verdicts"):
        return spark.createDataFrame([], "ds date, entity_id string, confirmed_risk string")
    verdicts = lake.read(spark, "verdicts", [day for day in lake.days("verdicts") if day <= max(days)])
    return (confirmed_risks(verdicts, entity, days).groupBy(F.col("as_of").alias("ds"), "entity_id")
            .agg(F.max_by("risk", F.struct("decided_at", "risk")).alias("confirmed_risk")))


def _decided(spark: "SparkSession", lake: Lake, entity: str, days: Sequence[dt.date]) -> "DataFrame":
    """Return the joined live decision of each entity: of the actions that it gets, the strongest.

    The strongest stops the largest share of the loss; of equal ones the most valuable one counts.

    Returns:
        (ds, entity_id, decided_action, decision_id, policy), at most one row per entity and day.

    Raises:
        UserError: a day has scores and no decisions.
    """
    from pyspark.sql import functions as F

    missing = sorted(set(days) - set(lake.days(catalog.EXPOSURE_DAILY.name)))
    if missing:
        raise UserError(f"{catalog.DECISION_DAILY}, {missing[0]}: the day has scores and was not decided. Run "
                        f"python -m jobs.decide --ds {missing[0]}, or the whole night: make nightly DS={missing[0]}")
    decisions = lake.read(spark, catalog.DECISION_DAILY.name, days).where(
        (F.col("mode") == LIVE) & (F.col("entity") == entity) & F.col("suppressed_by").isNull()
        & (F.col("action") != NO_ACTION))
    strongest = F.max_by(F.struct("action", "decision_id", "policy"), F.struct("stops", "value_cents", "decision_id"))
    return (decisions.groupBy("ds", "entity_id").agg(strongest.alias("strongest"))
            .select("ds", "entity_id", F.col("strongest.action").alias("decided_action"), "strongest.decision_id",
                    "strongest.policy"))
