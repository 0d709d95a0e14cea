"""The rows of `<entity>_risk_daily` as analysts read them, and what they call the score and the level there."""

from typing import TYPE_CHECKING, NamedTuple

from features.order import ORDER
from features.risks import Risk, of_entity
from jobs.decisions import policy

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Names(NamedTuple):
    """Two columns of a risk table, and what its row tells of the risk in question: SQL expressions."""

    score: str
    level: str
    risk: str
    known: str


def names(entity: str) -> Names:
    """What the risk table of an entity calls them. An order has one risk, of which nothing is known when it arrives."""
    if entity == ORDER.entity:
        return Names("score", "level", f"'{of_entity(entity)[0].name}'", "NULL")
    return Names("risk_score", "risk_level", "top_risk", "known_risk")


def entity_rows(scores: "DataFrame", known_risks: "DataFrame", entity: str, feature_set: str,
                run_id: str) -> "DataFrame":
    """One row per entity and day, with its largest risk.

    Args:
        scores: (ds, <entity>_id, one score per risk, reasons, model_versions).
        known_risks: (ds, entity_id, known_risk), at most one row per entity and day.
    """
    from pyspark.sql import functions as F

    risks = of_entity(entity)
    identifier = f"{entity}_id"
    joined = scores.join(known_risks.withColumnRenamed("entity_id", identifier), ["ds", identifier], "left")
    rated = joined.withColumn("risk_score", _largest(risks)).withColumn("risk_level", policy.level(F.col("risk_score")))
    return rated.select(
        identifier, *[f"{risk.name}_score" for risk in risks], "risk_score", _top(risks).alias("top_risk"),
        "risk_level", "known_risk", "reasons",
        policy.action(entity, F.col("risk_level"), F.col("known_risk")).alias("action"),
        "model_versions", F.lit(feature_set).alias("feature_set"), F.lit(run_id).alias("run_id"), "ds")


def order_rows(scores: "DataFrame", run_id: str) -> "DataFrame":
    """One row per order: (ds, order_id, user_id, seller_id, score, level, reasons, action, and where it comes from)."""
    from pyspark.sql import functions as F

    risk, = of_entity(ORDER.entity)
    rated = scores.withColumn("score", F.col(f"{risk.name}_score")).withColumn("level", policy.level(F.col("score")))
    return rated.select("order_id", "user_id", "seller_id", "score", "level", "reasons",
                        policy.action(ORDER.entity, F.col("level")).alias("action"), "model_versions",
                        F.lit(ORDER.hash).alias("feature_set"), F.lit(run_id).alias("run_id"), "ds")


def _largest(risks: tuple[Risk, ...]):
    from pyspark.sql import functions as F

    scores = [F.col(f"{risk.name}_score") for risk in risks]
    return F.greatest(*scores) if len(scores) > 1 else scores[0]


def _top(risks: tuple[Risk, ...]):
    """Whose the largest score is; of equal ones, the first declared."""
    from pyspark.sql import functions as F

    found = F.lit(None).cast("string")
    for risk in reversed(risks):
        found = F.when(F.col(f"{risk.name}_score") == F.col("risk_score"), risk.name).otherwise(found)
    return found
