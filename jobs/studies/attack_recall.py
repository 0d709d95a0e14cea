"""Simulate each attack alone in an otherwise honest marketplace, and compare its detection by all models.

Simulates one marketplace per risk with another seed than the demo's, ingests it, builds features as of a few days and
scores them with the champions of VIGIL_HOME, all in one Spark session. Reads the champions. Prints the share of planted
entities that each model finds at capacity, and their mean rank. Writes both to the MLflow experiment `attacks`. The
marketplaces are made below VIGIL_HOME/attacks and removed. With --out it writes the section `attack-recall` of a
Markdown page. Run again, it gives the same figures.
"""

import dataclasses
import datetime as dt
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from features import labels
from features.entities import FEATURE_SETS
from features.risks import OF_ENTITIES, Risk
from features.splits import as_of_days
from jobs import step
from jobs.engines.spark import session
from jobs.evaluation import ground_truth, metrics
from jobs.evaluation.metrics import Scored
from jobs.feature_store import entity_features
from jobs.ingestion import ingest_days
from jobs.ingestion.landing_inventory import list_landing
from jobs.quality import stages
from jobs.quality.commit_gate import audit_and_commit
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import arguments, console
from jobs.scoring import predict
from jobs.settings import Settings, load_settings
from jobs.simulate import __main__ as simulate
from jobs.storage.lake import Lake
from jobs.studies import mlflow_runs
from jobs.training import run_logging
from jobs.training.model_version import ModelVersion

EXPERIMENT = "attacks"
SEED = 8
DAYS_SCORED = 3


@dataclasses.dataclass(frozen=True)
class Detection:
    """The detection of planted entities by one model: the share at capacity, and the mean rank (1: the top)."""

    recall: float
    rank: float


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    parser = arguments.parser(__doc__)
    parser.add_argument("--risk", action="append", choices=[r.name for r in OF_ENTITIES],
                        help="which attack, or several; without one, all of them")
    parser.add_argument("--size", choices=("small", "demo"), default="demo", help="how large a world")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `attack-recall` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    spark = session(config, args.run_id)
    recalls: dict[Risk, dict[str, Detection]] = {}
    with mlflow_runs.parent(config, EXPERIMENT, args, __doc__):
        for risk in OF_ENTITIES:
            if args.risk is None or risk.name in args.risk:
                by_model = recalls[risk] = detection(spark, config, risk, args)
                _log_result(risk, by_model)
                with mlflow_runs.child(f"{risk.entity}/{risk.name}", {"risk": risk.name, "size": args.size}):
                    run_logging.log_metrics({f"{name}/{metric}": value for name, by in by_model.items()
                                             for metric, value in dataclasses.asdict(by).items()})
    if args.out:
        write_section(args.out, "attack-recall", recall_tables(recalls))


def detection(spark, config: Settings, risk: Risk, args) -> dict[str, Detection]:
    """Simulate the risk's marketplace and score it with every champion of its entity.

    Returns:
        The detection by each champion, by the champion's risk.
    """
    simulated = dataclasses.replace(config, home=config.home / EXPERIMENT / risk.name, sources=None,
                                    landing=config.home / EXPERIMENT / risk.name / "landing",
                                    lake=str(config.home / EXPERIMENT / risk.name / "lake"))
    shutil.rmtree(simulated.home, ignore_errors=True)
    simulate.main(["--home", str(simulated.home), "--until", str(args.ds), "--only", risk.name, "--size", args.size,
                   "--seed", str(SEED)])
    days = _build(spark, simulated, args)
    planted = ground_truth.read(simulated.home)
    model_versions = predict.champions(config, risk.entity)
    lake = Lake(simulated.lake)
    confirmed_by_day = confirmed(spark, lake, risk, days)
    by_day = [scored(lake, risk, day, model_versions, planted, confirmed_by_day[day]) for day in days]
    shutil.rmtree(simulated.home)
    return {name: attack_recall([day[name] for day in by_day], risk.capacity) for name in model_versions}


def attack_recall(days: Sequence[Scored], capacity: int) -> Detection:
    """Compute recall at capacity, and the mean rank of planted rows: the share of the day's rows below them."""
    label, score_, day, entity, loss = (np.concatenate(parts) for parts in zip(*(vars(d).values() for d in days)))
    ranks = np.concatenate([np.argsort(np.argsort(d.score, kind="stable")) / max(len(d.score) - 1, 1) for d in days])
    pooled = Scored(label, score_, day, entity, loss)
    return Detection(metrics.measure_scores(pooled, capacity)["recall_at_capacity"],
                     float(np.mean(ranks[label == 1])) if label.any() else float("nan"))


def _build(spark, simulated: Settings, args) -> list[dt.date]:
    """Ingest the marketplace and build its features; return the days of the features."""
    lake = Lake(simulated.lake, args.run_id)
    ingest_days.ingest(spark, simulated, lake, list_landing(simulated.landing).until(args.ds).days)
    audit_and_commit(spark, lake, "events", args.ds, stages.event_audits(lake))
    lake = Lake(simulated.lake, args.run_id)
    order_days = lake.days("orders")
    last = order_days[-1] - dt.timedelta(days=max(r.horizon_days for r in OF_ENTITIES))
    days = as_of_days(order_days[0], last)[-DAYS_SCORED:]
    entity_features.build(spark, lake, days)
    audit_and_commit(spark, lake, "features", args.ds, stages.feature_audits())
    return days


def confirmed(spark, lake: Lake, risk: Risk, days: Sequence[dt.date]) -> dict[dt.date, list[str]]:
    """Return the entities with a confirmed risk as of each day, which need no prediction."""
    by_day = {day: [] for day in days}
    if lake.has("verdicts"):
        verdicts = lake.read(spark, "verdicts", [day for day in lake.days("verdicts") if day <= max(days)])
        for row in labels.confirmed_risks(verdicts, risk.entity, days).where(f"risk = '{risk.name}'").collect():
            by_day[row["as_of"]].append(row["entity_id"])
    return by_day


def scored(lake: Lake, risk: Risk, day: dt.date, model_versions: dict[str, ModelVersion], planted,
           confirmed_ids: Sequence[str]) -> dict[str, Scored]:
    """Score the rows of a day with each champion, labelled by ground truth, without confirmed entities.

    Args:
        confirmed_ids: identifiers of entities that were confirmed as of the day.
    """
    identifier = FEATURE_SETS[risk.entity].id
    features = predict.features_of(lake, risk.entity, day)
    features = features.filter(pa.array(~np.isin(features[identifier].to_numpy(), confirmed_ids)))
    entity = features[identifier].to_numpy().astype(str)
    days = np.full(len(entity), np.datetime64(day))
    truth = ground_truth.of_rows(planted, risk, days, entity)
    return {name: Scored(truth.label, predict.predict(model_version, features)[1], days, entity, truth.loss)
            for name, model_version in model_versions.items()}


def recall_tables(recalls: dict[Risk, dict[str, Detection]]) -> str:
    """Return a Markdown table per kind of entity, with a row per planted risk and a column per model."""
    tables = []
    for entity in dict.fromkeys(risk.entity for risk in recalls):
        rows = {risk: by for risk, by in recalls.items() if risk.entity == entity}
        names = list(dict.fromkeys(name for by in rows.values() for name in by))
        tables.append(format_table(("planted", *names), [
            [f"{entity}/{risk.name}", *(f"{by[name].recall:.0%} ({by[name].rank:.0%})" for name in names)]
            for risk, by in rows.items()]))
    return "\n\n".join(tables)


def _log_result(risk: Risk, by_model: dict[str, Detection]) -> None:
    best = max(by_model, key=lambda name: (by_model[name].recall, by_model[name].rank))
    console.log(f"{risk.entity}/{risk.name} alone: " + ", ".join(
        f"{name} {by.recall:.0%} (rank {by.rank:.0%})" for name, by in by_model.items())
        + ("" if best == risk.name else f" - NOT caught most by its own model, but by {best}"))


if __name__ == "__main__":
    sys.exit(step.run(main))
