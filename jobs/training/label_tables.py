"""Labels of training rows as of a cutoff day, written and staged."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.case_labels import case_labels
from features.frames.union import union_all
from features.labels import labels
from features.risks import Risk, of_entity
from features.splits import Split, split
from jobs.feature_store import freshness
from jobs.ingestion import ingested_days
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import label_audits
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def build_and_commit(spark: "SparkSession", lake: Lake, cutoff: dt.date) -> None:
    """Write, audit and commit the labels of every entity's risks as of `cutoff`."""
    for entity in freshness.entities(lake):
        build(spark, lake, entity, cutoff)
    audit_and_commit(spark, lake, "labels", cutoff, label_audits())


def build(spark: "SparkSession", lake: Lake, entity: str, cutoff: dt.date) -> None:
    """Write and stage the labels of an entity's risks as of `cutoff`."""
    frames = [frame for chosen, risks in _splits(ingested_days.first_order_day(lake), cutoff, of_entity(entity))
              for frame in _labelled(spark, lake, chosen, risks)]
    if not frames:
        console.log(f"{entity}, {cutoff}: not enough matured labels to train")
        return
    rows = union_all(frames)
    lake.stage(lake.write(rows, catalog.labels(entity).name, [cutoff], key=f"{entity}_id"))


def _splits(first: dt.date, cutoff: dt.date, risks: Sequence[Risk]) -> list[tuple[Split, list[Risk]]]:
    """Group the risks by split, so that the days of a split are read once. A risk without a split is left out."""
    by_split: dict[Split, list[Risk]] = {}
    for risk in risks:
        if chosen := split(first, cutoff, risk):
            by_split.setdefault(chosen, []).append(risk)
    return list(by_split.items())


def _labelled(spark: "SparkSession", lake: Lake, chosen: Split, risks: Sequence[Risk]) -> list["DataFrame"]:
    """Return the rows of risks with one split: those that verdicts label, and those that cases label."""
    from pyspark.sql import functions as F

    entity, cutoff = risks[0].entity, chosen.cutoff
    sources = {source: _arrived(spark, lake, source, cutoff) for source in ("verdicts", "cases") if lake.has(source)}
    by_source = {"verdicts": [risk for risk in risks if not risk.is_after_sales],
                 "cases": [risk for risk in risks if risk.is_after_sales]}
    frames = []
    for part, days in chosen.parts().items():
        population = (lake.read(spark, catalog.features(entity).name, days)
                      .select(F.col("ds").alias("as_of"), F.col(f"{entity}_id").alias("entity_id")))
        until = chosen.label_cutoff(part)
        labelled = [case_labels(rows, population, by_source[source], until) if source == "cases" else
                    labels(rows, population, by_source[source], days, until)
                    for source, rows in sources.items() if by_source[source]]
        frames += [rows.select("as_of", F.col("entity_id").alias(f"{entity}_id"), "risk", F.lit(part).alias("part"),
                               "label", "loss_cents", F.lit(cutoff).alias("ds")) for rows in labelled]
    return frames


def _arrived(spark: "SparkSession", lake: Lake, table: str, cutoff: dt.date) -> "DataFrame":
    return lake.read(spark, table, [day for day in lake.days(table) if day <= cutoff])
