"""Confirmed risks as of a day, and the labels that follow from them.

A verdict counts from its arrival day. The latest verdict about an entity and a risk decides: a later verdict with
confirmed = false reverses every earlier confirmation. Of verdicts decided at the same instant the reversal decides,
whichever arrived later, because it is the safer mistake.
"""

import datetime as dt
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.inputs.verdict_precedence import ORDER
from features.risks import Risk


def precedence() -> Column:
    """Return a column over verdicts that is larger for the verdict that decides."""
    return F.struct(*[F.expr(sql).alias(f"by_{position}") for position, sql in enumerate(ORDER)])


def confirmed_risks(verdicts: DataFrame, entity: str, as_ofs: Sequence[dt.date]) -> DataFrame:
    """Return the risks that are confirmed as of each day: (as_of, entity_id, risk, decided_at)."""
    days = F.array(*[F.lit(day) for day in sorted(set(as_ofs))])
    arrived = (verdicts.where(F.col("entity") == entity)
               .withColumn("as_of", F.explode(days)).where(F.col("ds") <= F.col("as_of")))
    latest = arrived.groupBy("as_of", "entity_id", "risk").agg(
        F.max_by(F.struct("confirmed", "decided_at"), precedence()).alias("latest"))
    return (latest.where("latest.confirmed")
            .select("as_of", "entity_id", "risk", F.col("latest.decided_at").alias("decided_at")))


def incidents(verdicts: DataFrame, risks: Sequence[Risk], label_cutoff: dt.date) -> DataFrame:
    """Return the incidents of an entity's risks that are confirmed as of the label cutoff.

    Returns:
        (entity_id, risk, incident_from, incident_to, loss_cents), one row per confirmation. An incident without a last
        day has lasted one day.
    """
    arrived = verdicts.where((F.col("entity") == risks[0].entity) & F.col("risk").isin([r.name for r in risks])
                             & (F.col("ds") <= F.lit(label_cutoff)))
    cleared = F.max(F.when(~F.col("confirmed"), F.col("order"))).over(Window.partitionBy("entity_id", "risk"))
    is_confirmed = F.col("confirmed") & (F.col("cleared").isNull() | (F.col("order") > F.col("cleared")))
    return (arrived.withColumn("order", precedence()).withColumn("cleared", cleared).where(is_confirmed)
            .select("entity_id", "risk", "incident_from",
                    F.coalesce("incident_to", "incident_from").alias("incident_to"),
                    F.coalesce("loss_cents", F.lit(0)).alias("loss_cents")))


def labels(verdicts: DataFrame, population: DataFrame, risks: Sequence[Risk], as_ofs: Sequence[dt.date],
           label_cutoff: dt.date) -> DataFrame:
    """Return the labelled rows of one entity's risks.

    A row is positive when an incident that is confirmed as of `label_cutoff` touches the `horizon_days` days after its
    as_of. A row of an order is positive when the order is confirmed by then. Rows whose entity is already confirmed for
    the risk as of as_of are left out: there is nothing to predict.

    Args:
        population: (as_of, entity_id), the rows to label.
        risks: all of one entity.
        as_ofs: the days of the population.
        label_cutoff: the last arrival day of the verdicts that are read.

    Returns:
        (as_of, entity_id, risk, label = 0 or 1, loss_cents = of the touched incidents), one row per row and risk.
    """
    keys = ["as_of", "entity_id", "risk"]
    rows = population.withColumn("risk", F.explode(F.array(*[F.lit(risk.name) for risk in risks])))
    open_rows = rows.join(confirmed_risks(verdicts, risks[0].entity, as_ofs).select(*keys), keys, "left_anti")
    if not risks[0].horizon_days:
        losses = (incidents(verdicts, risks, label_cutoff).groupBy("entity_id", "risk")
                  .agg(F.sum("loss_cents").alias("loss_cents")))
        return _labelled(open_rows.join(losses, ["entity_id", "risk"], "left"))
    horizons = [F.struct(F.lit(risk.name).alias("risk"), F.lit(as_of).alias("as_of"),
                         F.lit(as_of + dt.timedelta(days=risk.horizon_days)).alias("until"))
                for risk in risks for as_of in sorted(set(as_ofs))]
    ahead = ((F.col("look.risk") == F.col("risk")) & (F.col("incident_from") <= F.col("look.until"))
             & (F.col("incident_to") > F.col("look.as_of")))
    # Incidents are few. They are repeated per as-of day, so that the population is not repeated per incident.
    losses = (incidents(verdicts, risks, label_cutoff).withColumn("look", F.explode(F.array(*horizons))).where(ahead)
              .groupBy(F.col("look.as_of").alias("as_of"), "entity_id", "risk")
              .agg(F.sum("loss_cents").alias("loss_cents")))
    return _labelled(open_rows.join(losses, keys, "left"))


def _labelled(rows: DataFrame) -> DataFrame:
    """Return rows with the loss of the touched incidents, null without one, as labels."""
    return rows.select("as_of", "entity_id", "risk", F.col("loss_cents").isNotNull().cast("int").alias("label"),
                       F.coalesce("loss_cents", F.lit(0)).alias("loss_cents"))
