"""What was known of an entity's guilt by a day, and the labels that follow from it.

A verdict counts from the day it arrived. The latest decision about an entity and a risk is what
stands: a later verdict with confirmed = false takes every earlier confirmation back. Of decisions
taken at the same instant a reversal stands, whichever arrived later: it is the safer mistake.
"""

import datetime as dt
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.risks import Risk

# SQL of the order of decisions, for Spark and for DuckDB. A reversal outranks a confirmation of the same instant;
# the day of arrival and the key only make the order the same every time. Sail refuses a struct of a negated column.
ORDER = ("decided_at", "CASE WHEN confirmed THEN 0 ELSE 1 END", "ds", "verdict_id")


def precedence() -> Column:
    """A column over verdicts: of two, the one that stands has the larger value."""
    return F.struct(*[F.expr(sql).alias(f"by_{place}") for place, sql in enumerate(ORDER)])


def confirmed_risks(verdicts: DataFrame, entity: str, as_ofs: Sequence[dt.date]) -> DataFrame:
    """Risks that stand confirmed as of each day: (as_of, entity_id, risk, decided_at)."""
    days = F.array(*[F.lit(day) for day in sorted(set(as_ofs))])
    arrived = (verdicts.where(F.col("entity") == entity)
               .withColumn("as_of", F.explode(days)).where(F.col("ds") <= F.col("as_of")))
    latest = arrived.groupBy("as_of", "entity_id", "risk").agg(
        F.max_by(F.struct("confirmed", "decided_at"), precedence()).alias("latest"))
    return (latest.where("latest.confirmed")
            .select("as_of", "entity_id", "risk", F.col("latest.decided_at").alias("decided_at")))


def incidents(verdicts: DataFrame, risks: Sequence[Risk], label_cutoff: dt.date) -> DataFrame:
    """Incidents of an entity's risks that stand confirmed by a day.

    Returns:
        (entity_id, risk, incident_from, incident_to, loss_cents); an incident whose last day nobody
        named lasted one day.
    """
    arrived = verdicts.where((F.col("entity") == risks[0].entity) & F.col("risk").isin([r.name for r in risks])
                             & (F.col("ds") <= F.lit(label_cutoff)))
    cleared = F.max(F.when(~F.col("confirmed"), F.col("order"))).over(Window.partitionBy("entity_id", "risk"))
    stands = F.col("confirmed") & (F.col("cleared").isNull() | (F.col("order") > F.col("cleared")))
    return (arrived.withColumn("order", precedence()).withColumn("cleared", cleared).where(stands)
            .select("entity_id", "risk", "incident_from",
                    F.coalesce("incident_to", "incident_from").alias("incident_to"),
                    F.coalesce("loss_cents", F.lit(0)).alias("loss_cents")))


def labels(verdicts: DataFrame, population: DataFrame, risks: Sequence[Risk], as_ofs: Sequence[dt.date],
           label_cutoff: dt.date) -> DataFrame:
    """Labelled rows of one entity's risks.

    A row is positive when an incident that stands confirmed by `known_by` touches the
    `horizon_days` days after its as_of; a row of an order, when the order stands confirmed by then.
    An entity already confirmed of the risk by as_of is left out: nothing is to be predicted about it.

    Args:
        population: (as_of, entity_id), the rows to be labelled.
        risks: which risks, all of one entity.
        as_ofs: the days in it.

    Returns:
        (as_of, entity_id, risk, label 0 or 1, loss_cents of the incidents touched).
    """
    row = ["as_of", "entity_id", "risk"]
    wanted = population.withColumn("risk", F.explode(F.array(*[F.lit(risk.name) for risk in risks])))
    open_rows = wanted.join(confirmed_risks(verdicts, risks[0].entity, as_ofs).select(*row), row, "left_anti")
    if not risks[0].horizon_days:
        touched = (incidents(verdicts, risks, label_cutoff).groupBy("entity_id", "risk")
                   .agg(F.sum("loss_cents").alias("loss_cents")))
        return _labelled(open_rows.join(touched, ["entity_id", "risk"], "left"))
    horizons = [F.struct(F.lit(risk.name).alias("risk"), F.lit(as_of).alias("as_of"),
                         F.lit(as_of + dt.timedelta(days=risk.horizon_days)).alias("until"))
                for risk in risks for as_of in sorted(set(as_ofs))]
    ahead = ((F.col("look.risk") == F.col("risk")) & (F.col("incident_from") <= F.col("look.until"))
             & (F.col("incident_to") > F.col("look.as_of")))
    # Incidents are few: they are laid out over the days, not the population over the incidents.
    touched = (incidents(verdicts, risks, label_cutoff).withColumn("look", F.explode(F.array(*horizons))).where(ahead)
               .groupBy(F.col("look.as_of").alias("as_of"), "entity_id", "risk")
               .agg(F.sum("loss_cents").alias("loss_cents")))
    return _labelled(open_rows.join(touched, row, "left"))


def _labelled(rows: DataFrame) -> DataFrame:
    """Rows with the loss of the incidents found, null where there is none, as labels."""
    return rows.select("as_of", "entity_id", "risk", F.col("loss_cents").isNotNull().cast("int").alias("label"),
                       F.coalesce("loss_cents", F.lit(0)).alias("loss_cents"))
