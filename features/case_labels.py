"""Labels of orders for after-sales risks: whether a case of the risk's kind was opened within its horizon.

A case counts from its arrival day. No verdict is read: whether a buyer disputes an order or sends it back is a fact.
"""

import datetime as dt
from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.risks import Risk

KEYS = ("as_of", "entity_id", "risk")


def case_labels(cases: DataFrame, population: DataFrame, risks: Sequence[Risk], label_cutoff: dt.date) -> DataFrame:
    """Return the labelled rows of after-sales risks.

    A row is positive when a case of the risk's kind about the order was opened by the end of the day
    as_of + `horizon_days`, and had arrived by `label_cutoff`. Rows whose case had arrived by as_of are left out: there
    is nothing to predict, and nothing to prevent.

    Args:
        cases: rows of the table `cases`. Those without an order label nothing.
        population: (as_of, entity_id), the orders to label and the days on which they arrived.
        label_cutoff: the last arrival day of the cases that are read.

    Returns:
        (as_of, entity_id, risk, label = 0 or 1, loss_cents = what is claimed in these cases), one row per row and risk.
    """
    horizons = F.create_map(*[F.lit(each) for risk in risks for each in (risk.name, risk.horizon_days)])
    rows = (population.withColumn("risk", F.explode(F.array(*[F.lit(risk.name) for risk in risks])))
            .withColumn("until", F.date_add("as_of", horizons[F.col("risk")])))
    about = rows.join(_opened(cases, risks, label_cutoff), ["entity_id", "risk"], "left")
    known, counts = F.col("arrived") <= F.col("as_of"), F.col("opened_on") <= F.col("until")
    labelled = about.groupBy(*KEYS).agg(
        F.coalesce(F.max(known), F.lit(False)).alias("known"),
        F.max(F.when(counts, 1).otherwise(0)).alias("label"),
        F.coalesce(F.sum(F.when(counts, F.col("claim_cents"))), F.lit(0)).alias("loss_cents"))
    return labelled.where(~F.col("known")).select(*KEYS, F.col("label").cast("int").alias("label"), "loss_cents")


def _opened(cases: DataFrame, risks: Sequence[Risk], label_cutoff: dt.date) -> DataFrame:
    """Return the cases of the risks that had arrived: (entity_id, risk, arrived, opened_on, claim_cents)."""
    names = {risk.case_kind: risk.name for risk in risks}
    risk = F.create_map(*[F.lit(each) for pair in names.items() for each in pair])[F.col("kind")]
    arrived = cases.where(F.col("kind").isin(list(names)) & (F.col("ds") <= F.lit(label_cutoff)))
    return arrived.select(
        F.col("order_id").alias("entity_id"), risk.alias("risk"), F.col("ds").alias("arrived"),
        F.col("opened_at").cast("date").alias("opened_on"), F.coalesce("claim_cents", F.lit(0)).alias("claim_cents"))
