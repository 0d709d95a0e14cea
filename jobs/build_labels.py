"""Label the weekly training rows of every risk with what verdicts told by then.

Reads verdicts and features; writes `<entity>_labels`, one partition a training day (`ds` is the cut
after which nothing was known), audited and committed here. A row says which part of the split it
belongs to; rows before the test are labelled with what was known when the test began. Run again, it
gives the same rows.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.entities import FEATURE_SETS
from features.frames.union import union_all
from features.labels import labels
from features.risks import Risk, of_entity
from features.splits import Split, split
from jobs import step
from jobs.engines.spark import session
from jobs.feature_store import freshness
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.great_expectations_runner import audit
from jobs.settings import load_settings
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return step.parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = load_settings()
    lake = Lake(places.lake, args.run_id)
    if not lake.has("verdicts"):
        step.say(f"{args.ds}: no verdicts have ever arrived, so there is nothing to learn from")
        return
    lake.discard_staged()
    spark = session(places, args.run_id)
    for entity in freshness.entities(lake):
        build(spark, lake, entity, args.ds)
    audit_and_commit(spark, lake, "labels", args.ds, label_audits())


def build(spark: "SparkSession", lake: Lake, entity: str, cutoff: dt.date) -> None:
    """Write and stage the labels of an entity's risks, as known on `cut`."""
    frames = [frame for chosen, risks in _splits(freshness.first_order_day(lake), cutoff, of_entity(entity))
              for frame in _labelled(spark, lake, chosen, risks)]
    if not frames:
        step.say(f"{entity}, {cutoff}: too little settled history for a training set")
        return
    united = union_all(frames)
    lake.stage(lake.write(united, f"{entity}_labels", [cutoff], key=f"{entity}_id"))


def _splits(first: dt.date, cutoff: dt.date, risks: Sequence[Risk]) -> list[tuple[Split, list[Risk]]]:
    """The risks that share the same days, so that these are read once for all of them."""
    found: dict[Split, list[Risk]] = {}
    for risk in risks:
        if chosen := split(first, cutoff, risk):
            found.setdefault(chosen, []).append(risk)
    return list(found.items())


def _labelled(spark: "SparkSession", lake: Lake, chosen: Split, risks: Sequence[Risk]) -> list["DataFrame"]:
    from pyspark.sql import functions as F

    entity, cut = risks[0].entity, chosen.cutoff
    verdicts = lake.read(spark, "verdicts", [day for day in lake.days("verdicts") if day <= cut])
    frames = []
    for part, days in chosen.parts().items():
        population = (lake.read(spark, freshness.table_of(entity), days)
                      .select(F.col("ds").alias("as_of"), F.col(f"{entity}_id").alias("entity_id")))
        frames.append(labels(verdicts, population, risks, days, chosen.label_cutoff(part)).select(
            "as_of", F.col("entity_id").alias(f"{entity}_id"), "risk", F.lit(part).alias("part"), "label",
            "loss_cents", F.lit(cut).alias("ds")))
    return frames


def label_audits():
    """One row an entity, day and risk; both classes are looked for by `train`, which may say no."""
    def check(df, written):
        import great_expectations.expectations as gxe

        entity = written.table.removesuffix("_labels")
        return audit(df, written.table, [
            # Two labels for one row would be a contradiction.
            gxe.ExpectCompoundColumnsToBeUnique(column_list=[f"{entity}_id", "as_of", "risk"],
                                                severity="critical"),
            gxe.ExpectColumnValuesToBeInSet(column="label", value_set=[0, 1], severity="critical"),
            gxe.ExpectColumnValuesToBeBetween(column="loss_cents", min_value=0, severity="critical"),
        ])
    return [(f"{entity}_labels", check) for entity in FEATURE_SETS]


if __name__ == "__main__":
    sys.exit(step.run(main))
