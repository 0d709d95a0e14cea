"""Boosters of every model of an entity, trained on made-up rows: they cost what real ones cost, and mean nothing."""

import dataclasses

import numpy as np
import pyarrow as pa

from benchmarks import benchmark_lake
from jobs.scoring import predict, risk_levels
from jobs.training import boosting, models
from jobs.training.calibration import Calibration
from jobs.training.models import Model
from jobs.training.registry import ModelVersion
from jobs.training.training_set import Rows

TREES = 150
ROWS = 5_000
SEED = 7
# Log-odds so low that no row is explained.
SILENT = -50.0


def made(entity: str) -> dict[str, ModelVersion]:
    """A candidate for each model of an entity, by risk, whose scores are all too low for reasons. It reads no text."""
    found = {}
    for number, model in enumerate(models.of_entity(entity)):
        rows = made_up(model, ROWS, number)
        booster = boosting.boost(model.parameters, rows.features, pa.array(rows.label), TREES, SEED)
        found[model.risk] = ModelVersion(model, "1", "benchmark", booster, Calibration(1.0, SILENT), model.columns,
                                         model.feature_set.hash, {})
    return found


def explaining(candidate: ModelVersion, table: pa.Table, share: float) -> ModelVersion:
    """The candidate, calibrated so that this share of a table's rows has reasons."""
    margin = predict.predict(candidate, table)[0] - candidate.calibration.intercept
    least = risk_levels.lowest_explained()
    shift = np.log(least / (1 - least)) - np.quantile(margin, 1 - share)
    return dataclasses.replace(candidate, calibration=Calibration(1.0, float(shift)))


def made_up(model: Model, count: int, seed: int) -> Rows:
    """Rows of a model: normal numbers in every column, positives where the first two are high."""
    draw = np.random.default_rng(seed)
    columns = {c: draw.normal(size=count).astype(np.float32) for c in model.columns}
    one, other = list(columns.values())[:2]
    label = (one + 0.6 * other + draw.normal(scale=0.5, size=count) > 2.8).astype(np.int32)
    who = np.array([f"u{n}" for n in range(count)])
    return Rows(pa.table(columns), label, np.full(count, np.datetime64(benchmark_lake.LAST)), who,
                np.zeros(count, np.int64), who, {})
