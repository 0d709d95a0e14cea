"""Compare the Handbook's published table with the same models on Vigil's features, and with Vigil's model.

Reads the Handbook's simulated transactions through examples/handbook, and computes the features of every order at the
moment it was placed, once; the features stay below VIGIL_HOME. Compares the Handbook's fourteen features with the
Handbook's own definition. Trains each model of the table with its library's defaults on the published training week,
and measures it on the published test week. Chooses the parameters of Vigil's model on earlier weeks, and measures it on
the published week and on the three weeks before it. Logs one MLflow run per training.
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
    parser.add_argument("--run-id", default="manual", help="run id in the tags of the MLflow runs")
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
    count, largest = windows.largest_difference(args.raw.resolve(), folder)
    console.log(f"the Handbook's fourteen features of {count:,} orders, against its own definition: largest difference "
                f"{largest:.1g}")
    rows = feature_rows.read(folder)
    with mlflow_runs.parent(config, EXPERIMENT, args):
        reproduce(rows)
        ours(rows)


def reproduce(rows: Rows) -> None:
    """Train and measure the models of the published table on its split."""
    train, test = SPLIT.train(rows.day), SPLIT.test(rows.day, rows.customer, rows.fraud)
    console.log(f"train {SPLIT.first} to {SPLIT.train_last}: {train.sum():,} orders, {rows.fraud[train].sum()} frauds; "
                f"test {SPLIT.test_first} to {SPLIT.test_last}: {test.sum():,} orders, {rows.fraud[test].sum()} frauds")
    train_inputs, test_inputs = rows.inputs(FOURTEEN, train), rows.inputs(FOURTEEN, test)
    console.log(f"{'library defaults':<22}" + "".join(f"{name:>34}" for name in METRICS))
    for name, model in models().items():
        model.fit(train_inputs, rows.fraud[train])
        values = measured(model.predict_proba(test_inputs)[:, 1], rows.day[test], rows.customer[test],
                          rows.fraud[test])
        console.log(f"  {name:<20}" + "".join(f"{value:>16.3f} (published {published:.3f})"
                                              for value, published in zip(values, PUBLISHED[name])))
        log(name, values, {"train_from": SPLIT.first, "inputs": len(FOURTEEN)})


def models() -> dict:
    """Return the models of the published table, with their libraries' defaults; XGBoost also with those of 2022."""
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
    """Choose Vigil's model on earlier weeks, and measure it on the published test week and the three weeks before."""
    weeks = [split.first for split in model_choice.CHOSEN_ON]
    console.log(f"ours, chosen on the splits that begin {min(weeks)} to {max(weeks)}: mean over the four")
    best = model_choice.chosen(rows, lambda question, candidate, values: log_result(
        f"{question}: {candidate.description}", candidate, values))
    console.log(f"chosen: {best.description}; the mean of {len(model_choice.SEEDS)} trainings, on the test weeks")
    console.log(f"features: {', '.join(best.columns)}")
    by_split: dict[Split, Metrics] = {}
    for split in model_choice.TESTED:
        by_split[split] = model_choice.of_split(best, rows, split)
        log_result(f"train to {split.train_last}, test from {split.test_first}", best, by_split[split])
    log_result("mean of the four", best, model_choice.mean(list(by_split.values())))


def log_result(name: str, candidate: Candidate, values: Metrics) -> None:
    """Print a line of metrics, and log the metrics and the candidate's parameters to MLflow."""
    console.log(f"  {name:<96}" + "  ".join(f"{metric} {value:.3f}" for metric, value in zip(METRICS, values)))
    log(name, values, {key: value for key, value in asdict(candidate).items() if key != "columns"}
        | {"inputs": len(candidate.columns), "columns": ", ".join(candidate.columns)})


def log(name: str, values: Metrics, params: dict) -> None:
    """Log one child run."""
    with mlflow_runs.child(name, params | {"features": HANDBOOK.hash}):
        run_logging.log_metrics({metric.replace(" ", "_"): value for metric, value in zip(METRICS, values)})


if __name__ == "__main__":
    sys.exit(step.run(main))
