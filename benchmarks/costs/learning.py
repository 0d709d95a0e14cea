"""The costs of training and scoring, against the bare calls of XGBoost on the same matrix, and the cost of reasons."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.costs import boosters, nights
from benchmarks.result import BenchmarkResult, CostRatio
from features.entities import FEATURE_SETS
from jobs.scoring import predict
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training import boosting, models, training_set
from jobs.training.boosting import THREADS
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model
from jobs.training.training_set import Rows

AIM = 1.15
# Reasons may take a quarter of scoring, which is a third of the rest of scoring.
REASONS_AIM = round(4 / 3, 3)
ENTITY = "user"
EXPLAINED = 0.01  # share of rows above low, as in the demo
SEED = 7


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Time the training of one model, and scoring by all models of one entity, over random rows."""
    model = models.of_entity(ENTITY)[0]
    train, validation = (boosters.made_up(model, rows, seed) for rows, seed in ((at.rows // 20, 1), (at.rows // 40, 2)))
    both = training_set.concat_rows(train, validation)
    table = rows_to_score(at.rows // 4)
    silent = boosters.made(ENTITY)
    explained = {risk: boosters.explaining(c, table, EXPLAINED) for risk, c in silent.items()}
    matrices = {risk: training_set.inputs(c, table) for risk, c in silent.items()}
    ratios = (
        at.time_interleaved("training", {
            "jobs.training.boosting.train_model": lambda: boosting.train_model(model, train, validation, SEED),
            "the same calls of XGBoost": lambda: bare_training(model, train, validation, both)}, AIM),
        at.time_interleaved("scoring, without reasons", {
            "jobs.score.scores": lambda: predict.scores(table, ENTITY, benchmark_lake.LAST, silent),
            "DMatrix and predict": lambda: bare_scoring(silent, matrices)}, AIM),
        at.time_interleaved("scoring, with reasons against without", {
            "with": lambda: predict.scores(table, ENTITY, benchmark_lake.LAST, explained),
            "without": lambda: predict.scores(table, ENTITY, benchmark_lake.LAST, silent)}, REASONS_AIM),
        at.time_interleaved("scoring, with reasons against the bare calls without", {
            "with": lambda: predict.scores(table, ENTITY, benchmark_lake.LAST, explained),
            "DMatrix and predict": lambda: bare_scoring(silent, matrices)}),
        step_of_a_night(at, table, explained, silent))
    return BenchmarkResult("learning", "Training and scoring against the bare calls of XGBoost", {
        "rows": {"train": len(train), "validation": len(validation), "scored": table.num_rows}, "model": model.name,
        "columns": len(model.columns), "scored_by": len(silent), "trees": boosters.TREES, "explained_share": EXPLAINED,
        "note": "random numbers in the columns of the models, no texts; the bare calls read a matrix of 32-bit "
                "floats, which Vigil makes from the table of features"}, ratios)


def step_of_a_night(at: BenchmarkContext, table: pa.Table, explained: Mapping[str, ModelVersion],
                    silent: Mapping[str, ModelVersion]) -> CostRatio:
    """Time the step `jobs.score` with reasons against without, from the lake and to the lake."""
    config = benchmark_lake.settings_of(at.folder / f"scored-{FEATURE_SETS[ENTITY].hash}-{table.num_rows}")
    features, lake = catalog.features(ENTITY).name, Lake(config.lake, benchmark_lake.RUN)
    if not lake.has(features):
        without_texts = table.drop_columns([text.name for text in FEATURE_SETS[ENTITY].texts])
        rows = without_texts.append_column("ds", pa.repeat(pa.scalar(benchmark_lake.LAST, pa.date32()), table.num_rows))
        file = benchmark_lake.write_file(lake, features, benchmark_lake.LAST, lambda path: pq.write_table(rows, path))
        benchmark_lake.add(lake, features, rows.schema, [file])
    sides = {name: lambda candidates=candidates: predict.score(
        at.spark, Lake(config.lake, nights.name()), ENTITY, [benchmark_lake.LAST], candidates)
        for name, candidates in (("with", explained), ("without", silent))}
    ratio = at.time_interleaved("the step of a night, with reasons against without", sides, REASONS_AIM)
    nights.tidy(config)
    return ratio


def bare_training(model: Model, train: Rows, validation: Rows, both: Rows):
    """Stop on validation, then train again on all rows: only the XGBoost calls of `boosting.train_model`."""
    import xgboost as xgb

    parameters = {**model.parameters, "seed": SEED, "nthread": THREADS}
    bins = int(model.parameters["max_bin"])
    validation_matrix = xgb.DMatrix(validation.features, label=pa.array(validation.label))
    train_matrix = xgb.QuantileDMatrix(train.features, label=pa.array(train.label), max_bin=bins)
    stopped = xgb.train(parameters, train_matrix, model.rounds, evals=[(validation_matrix, "validation")],
                        early_stopping_rounds=model.patience, verbose_eval=False)
    stopped[: stopped.best_iteration + 1].predict(validation_matrix, output_margin=True)
    all_rows = xgb.QuantileDMatrix(both.features, label=pa.array(both.label), max_bin=bins)
    return xgb.train(parameters, all_rows, stopped.best_iteration + 1, verbose_eval=False)


def bare_scoring(candidates: Mapping[str, ModelVersion], matrices: Mapping[str, pa.Table]) -> list[np.ndarray]:
    """Return the margins of every model."""
    import xgboost as xgb

    return [c.booster.predict(xgb.DMatrix(matrices[risk]), output_margin=True) for risk, c in candidates.items()]


def rows_to_score(count: int, seed: int = 3) -> pa.Table:
    """Return random features of a day's entities, with null texts."""
    draw, features = np.random.default_rng(seed), FEATURE_SETS[ENTITY]
    return pa.table({features.id: pa.array([f"u{n:07}" for n in range(count)]),
                     **{c: draw.normal(size=count) for c in features.columns},
                     **{text.name: pa.nulls(count, pa.string()) for text in features.texts}})
