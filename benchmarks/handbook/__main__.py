"""The Handbook's published table beside the same models of its features as Vigil computes them, and beside ours.

Reads the Handbook's simulated transactions through examples/handbook, computes the features of every order at the
moment it was placed (once; they are kept below VIGIL_HOME) and holds the Handbook's fourteen against its own
definition. Then trains each model of the table with its library's defaults on the published training week and
measures it on the published test week; chooses how ours learns on earlier weeks, and measures that on the published
week and on the three before it. Logs one MLflow run per training.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.handbook import feature_rows, model_choice, windows
from benchmarks.handbook.feature_rows import Rows
from benchmarks.handbook.features import FOURTEEN, HANDBOOK
from benchmarks.handbook.model_choice import Candidate
from benchmarks.handbook.protocol import METRICS, Metrics, Split, measured
from jobs import step
from jobs.errors import UserError
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.studies import mlflow_runs
from jobs.training import run_logging

EXPERIMENT = "benchmark/handbook"
SPLIT = model_choice.TESTED[0]

PUBLISHED = {"logistic regression": (0.871, 0.606, 0.291), "random forest": (0.867, 0.658, 0.287),
             "XGBoost": (0.862, 0.639, 0.273), "XGBoost of 2022": (0.862, 0.639, 0.273)}


def parse(argv: Sequence[str] | None = None):
    """Arguments of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run-id", default="manual", help="what the MLflow runs are marked with")
    parser.add_argument("--raw", type=Path, required=True, metavar="DIR",
                        help="the Handbook's transactions, as ds=YYYY-MM-DD/*.parquet")
    return parser.parse_args(argv, argparse.Namespace(ds=SPLIT.test_last))


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    if not list(args.raw.glob("ds=*")):
        raise UserError(f"{args.raw}: no folder ds=YYYY-MM-DD. Expected the Handbook's transactions: "
                        "make benchmark-handbook RAW=<folder>")
    folder = feature_rows.computed(config, args.raw.resolve())
    count, worst = windows.largest_difference(args.raw.resolve(), folder)
    console.log(f"its fourteen features of {count:,} orders, against its own definition: largest difference {worst:.1g}")
    rows = feature_rows.read(folder)
    with mlflow_runs.parent(config, EXPERIMENT, args):
        reproduce(rows)
        ours(rows)


def reproduce(rows: Rows) -> None:
    """The models of the published table, on its split."""
    train, test = SPLIT.train(rows.day), SPLIT.test(rows.day, rows.customer, rows.fraud)
    console.log(f"train {SPLIT.first} to {SPLIT.train_last}: {train.sum():,} orders, {rows.fraud[train].sum()} frauds; "
                f"test {SPLIT.test_first} to {SPLIT.test_last}: {test.sum():,} orders, {rows.fraud[test].sum()} frauds")
    known, asked = rows.inputs(FOURTEEN, train), rows.inputs(FOURTEEN, test)
    console.log(f"{'library defaults':<22}" + "".join(f"{name:>34}" for name in METRICS))
    for name, model in models().items():
        model.fit(known, rows.fraud[train])
        told = measured(model.predict_proba(asked)[:, 1], rows.day[test], rows.customer[test], rows.fraud[test])
        console.log(f"  {name:<20}" + "".join(f"{own:>16.3f} (published {other:.3f})"
                                              for own, other in zip(told, PUBLISHED[name])))
        log(name, told, {"train_from": SPLIT.first, "inputs": len(FOURTEEN)})


def models() -> dict:
    """The models of the published table, as their libraries make them; XGBoost also by its defaults of 2022."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from xgboost import XGBClassifier

    return {"logistic regression": make_pipeline(StandardScaler(), LogisticRegression(random_state=0)),
            "random forest": RandomForestClassifier(random_state=0, n_jobs=2),
            "XGBoost": XGBClassifier(random_state=0, n_jobs=2),
            "XGBoost of 2022": XGBClassifier(random_state=0, n_jobs=2, tree_method="exact", base_score=0.5)}


def ours(rows: Rows) -> None:
    """Ours, chosen on earlier weeks, on the published test week and on average over it and the three before."""
    weeks = [split.first for split in model_choice.CHOSEN_ON]
    console.log(f"ours, chosen on the splits that begin {min(weeks)} to {max(weeks)}: mean over the four")
    best = model_choice.chosen(rows, lambda question, candidate, told: tell(f"{question}: {candidate.told}", candidate,
                                                                            told))
    console.log(f"chosen: {best.told}; the mean of {len(model_choice.SEEDS)} trainings, on the test weeks")
    console.log(f"features: {', '.join(best.columns)}")
    found: dict[Split, Metrics] = {}
    for split in model_choice.TESTED:
        found[split] = model_choice.of_split(best, rows, split)
        tell(f"train to {split.train_last}, test from {split.test_first}", best, found[split])
    tell("mean of the four", best, model_choice.mean(list(found.values())))


def tell(name: str, candidate: Candidate, told: Metrics) -> None:
    """A line of metrics, and the same in MLflow."""
    console.log(f"  {name:<96}" + "  ".join(f"{metric} {value:.3f}" for metric, value in zip(METRICS, told)))
    log(name, told, {key: value for key, value in asdict(candidate).items() if key != "columns"}
        | {"inputs": len(candidate.columns), "columns": ", ".join(candidate.columns)})


def log(name: str, told: Metrics, params: dict) -> None:
    """One child run."""
    with mlflow_runs.child(name, params | {"features": HANDBOOK.hash}):
        run_logging.log_metrics({metric.replace(" ", "_"): value for metric, value in zip(METRICS, told)})


if __name__ == "__main__":
    sys.exit(step.run(main))
