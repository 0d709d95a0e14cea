"""What was known of an entity's guilt by a day, and the labels that follow from it.

A verdict counts from the day it arrived. The latest decision about an entity and a risk is what
stands: a later verdict with confirmed = false takes every earlier confirmation back.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.risks import Risk

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# Decisions are ordered by when they were taken; the rest breaks ties the same way every time.
ORDER = ("decided_at", "ds", "verdict_id")


def known(verdicts: "DataFrame", entity: str, as_ofs: Sequence[dt.date]) -> "DataFrame":
    """Risks that stand confirmed as of each day: (as_of, entity_id, risk, decided_at)."""
    from pyspark.sql import functions as F

    days = F.array(*[F.lit(day) for day in sorted(set(as_ofs))])
    arrived = (verdicts.where(F.col("entity") == entity)
               .withColumn("as_of", F.explode(days)).where(F.col("ds") <= F.col("as_of")))
    latest = arrived.groupBy("as_of", "entity_id", "risk").agg(
        F.max_by(F.struct("confirmed", "decided_at"), F.struct(*ORDER)).alias("latest"))
    return (latest.where("latest.confirmed")
            .select("as_of", "entity_id", "risk", F.col("latest.decided_at").alias("decided_at")))


def incidents(verdicts: "DataFrame", risk: Risk, known_by: dt.date) -> "DataFrame":
    """Incidents of a risk that stand confirmed by a day.

    Returns:
        (entity_id, incident_from, incident_to, loss_cents); an incident whose last day nobody named
        lasted one day.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    arrived = verdicts.where((F.col("entity") == risk.entity) & (F.col("risk") == risk.name)
                             & (F.col("ds") <= F.lit(known_by)))
    order = F.struct(*ORDER)
    cleared = F.max(F.when(~F.col("confirmed"), order)).over(Window.partitionBy("entity_id"))
    stands = F.col("confirmed") & (F.col("cleared").isNull() | (F.col("order") > F.col("cleared")))
    return (arrived.withColumn("order", order).withColumn("cleared", cleared).where(stands)
            .select("entity_id", "incident_from",
                    F.coalesce("incident_to", "incident_from").alias("incident_to"),
                    F.coalesce("loss_cents", F.lit(0)).alias("loss_cents")))


def labels(verdicts: "DataFrame", population: "DataFrame", risk: Risk, as_ofs: Sequence[dt.date],
           known_by: dt.date) -> "DataFrame":
    """Labelled rows of a risk.

    A row is positive when an incident that stands confirmed by `known_by` touches the
    `horizon_days` days after its as_of. An entity already confirmed by as_of is left out: nothing is
    to be predicted about it.

    Args:
        population: (as_of, entity_id), the rows to be labelled.
        as_ofs: the days in it.

    Returns:
        (as_of, entity_id, label 0 or 1, loss_cents of the incidents touched).
    """
    from pyspark.sql import functions as F

    already = known(verdicts, risk.entity, as_ofs).where(F.col("risk") == risk.name)
    open_rows = population.join(already.select("as_of", "entity_id"), ["as_of", "entity_id"], "left_anti")
    ahead = ((F.col("incident_from") <= F.date_add("as_of", risk.horizon_days))
             & (F.col("incident_to") > F.col("as_of")))
    touched = (open_rows.join(incidents(verdicts, risk, known_by), "entity_id", "inner").where(ahead)
               .groupBy("as_of", "entity_id").agg(F.sum("loss_cents").alias("loss_cents")))
    return (open_rows.join(touched, ["as_of", "entity_id"], "left")
            .select("as_of", "entity_id", F.col("loss_cents").isNotNull().cast("int").alias("label"),
                    F.coalesce("loss_cents", F.lit(0)).alias("loss_cents")))
