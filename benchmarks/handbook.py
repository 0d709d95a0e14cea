"""The Handbook's published table beside the same models of its features, as Vigil computes them.

Reads the Handbook's simulated transactions through examples/handbook, computes the features of every order at the
moment it was placed (once; they are kept below VIGIL_HOME), trains each model with its library's defaults on the
published training week, and measures it on the published test week. Logs one MLflow run per model.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.handbook_protocol import CARDS, Split, card_precision
from features.intake import judge
from features.moments import as_of_placing
from features.order import ORDER
from features.tables import TABLES
from jobs import experiments, secret, step
from jobs.errors import Refused
from jobs.order_features import REACH_DAYS
from jobs.settings import REPOSITORY, Settings, settings
from jobs.sources import read_source
from jobs.spark import session

EXAMPLE = REPOSITORY / "examples" / "handbook"
EXPERIMENT = "benchmark/handbook"
SPLIT = Split(dt.date(2018, 7, 25))

# The inputs of its models: the amount, and the fourteen features of its chapter 3.
INPUTS = ("amount", "is_weekend", "is_night",
          *(f"user_order_{what}_{days}d" for days in (1, 7, 30) for what in ("count", "amount_mean")),
          *(f"seller_{what}_{days}d_delayed_7d" for days in (1, 7, 30) for what in ("order_count", "fraud_rate")))

METRICS = ("ROC AUC", "average precision", f"card precision at {CARDS}")
PUBLISHED = {"logistic regression": (0.871, 0.606, 0.291), "random forest": (0.867, 0.658, 0.287),
             "XGBoost": (0.862, 0.639, 0.273), "XGBoost of 2022": (0.862, 0.639, 0.273)}


def parse(argv: Sequence[str] | None = None):
    """Arguments of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run-id", default="by-hand", help="what the MLflow runs are marked with")
    parser.add_argument("--raw", type=Path, required=True, metavar="DIR",
                        help="the Handbook's transactions, as ds=YYYY-MM-DD/*.parquet")
    return parser.parse_args(argv, argparse.Namespace(ds=SPLIT.test_last))


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    if not list(args.raw.glob("ds=*")):
        raise Refused(f"{args.raw}: no folder ds=YYYY-MM-DD. Expected the Handbook's transactions: "
                      "make benchmark-handbook RAW=<folder>")
    rows = pq.read_table(features_of(places, args.raw.resolve(), SPLIT.first, SPLIT.test_last))
    day, customer, fraud = (rows[name].to_numpy() for name in ("ds", "user_id", "fraud"))
    train, test = SPLIT.train(day), SPLIT.test(day, customer, fraud)
    step.say(f"train {SPLIT.first} and the six days after: {train.sum():,} orders, {fraud[train].sum()} frauds; "
             f"test {SPLIT.test_first} to {SPLIT.test_last}: {test.sum():,} orders, {fraud[test].sum()} frauds")
    inputs = np.column_stack([rows[name].cast(pa.float64()).to_numpy() for name in INPUTS])
    step.say(f"{'library defaults':<22}" + "".join(f"{name:>34}" for name in METRICS))
    with experiments.parent(places, EXPERIMENT, args):
        for name, model in models().items():
            model.fit(inputs[train], fraud[train])
            told = measured(model.predict_proba(inputs[test])[:, 1], day[test], customer[test], fraud[test])
            step.say(f"  {name:<20}" + "".join(f"{own:>16.3f} (published {other:.3f})"
                                               for own, other in zip(told, PUBLISHED[name])))
            with experiments.child(name, {"train_from": SPLIT.first, "features": ORDER.hash, "inputs": len(INPUTS)}):
                experiments.log({metric.replace(" ", "_"): value for metric, value in zip(METRICS, told)})


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


def measured(score: np.ndarray, day: np.ndarray, customer: np.ndarray, fraud: np.ndarray) -> tuple[float, ...]:
    """The three metrics of the Handbook."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return (roc_auc_score(fraud, score), average_precision_score(fraud, score),
            card_precision(day, customer, score, fraud))


def features_of(places: Settings, raw: Path, first: dt.date, last: dt.date) -> Path:
    """The file with (ds, order_id, user_id, fraud, features) of the orders of some days; made where it is not there."""
    file = places.home / "benchmarks" / f"handbook-{ORDER.hash}-{first}-{last}.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with step.timed(f"features of the orders from {first} to {last}"):
            unfinished = file.with_suffix(".new")
            pq.write_table(_computed(places, raw, first, last), unfinished)
            unfinished.rename(file)
    return file


def _computed(places: Settings, raw: Path, first: dt.date, last: dt.date) -> pa.Table:
    from pyspark.sql import functions as F

    spark = session(places)
    days = step.days_between(first - dt.timedelta(days=REACH_DAYS), last)
    orders, verdicts = (judge(read_source(spark, EXAMPLE, raw, TABLES[name], days), TABLES[name], secret.key(places))
                        for name in ("orders", "verdicts"))
    told = as_of_placing(orders, verdicts, F.col("ds") >= F.lit(first), ORDER)
    # What became of an order is no feature: it is read from the files, beside them.
    fraud = spark.read.parquet(str(raw)).select(F.col("TRANSACTION_ID").cast("string").alias("order_id"),
                                                F.col("TX_FRAUD").cast("int").alias("fraud"))
    return told.join(fraud, "order_id").orderBy("ds", "order_id").toArrow()


if __name__ == "__main__":
    sys.exit(step.run(main))
