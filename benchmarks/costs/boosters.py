"""Boosters of every model of an entity, trained on random rows: they cost as much as real boosters, and mean nothing.
"""

import dataclasses

import numpy as np
import pyarrow as pa

from benchmarks import benchmark_lake
from jobs.scoring import predict, risk_levels
from jobs.training import boosting, models
from jobs.training.calibration import Calibration
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model
from jobs.training.training_set import Rows

TREES = 150
ROWS = 5_000
SEED = 7
# Log-odds so low that no row is explained.
SILENT = -50.0


def made(entity: str) -> dict[str, ModelVersion]:
    """Train a model version for each model of an entity, by risk. No score is high enough for reasons.

    The model versions read no text.
    """
    trained = {}
    for number, model in enumerate(models.of_entity(entity)):
        rows = made_up(model, ROWS, number)
        booster = boosting.boost(model.parameters, rows.features, pa.array(rows.label), TREES, SEED)
        trained[model.risk] = ModelVersion(model, "1", "benchmark", booster, Calibration(1.0, SILENT), model.columns,
                                           model.feature_set.hash, {})
    return trained


def explaining(candidate: ModelVersion, table: pa.Table, share: float) -> ModelVersion:
    """Return the model version with a calibration by which this share of a table's rows has reasons."""
    margin = predict.predict(candidate, table)[0] - candidate.calibration.intercept
    least = risk_levels.lowest_explained()
    shift = np.log(least / (1 - least)) - np.quantile(margin, 1 - share)
    return dataclasses.replace(candidate, calibration=Calibration(1.0, float(shift)))


def made_up(model: Model, count: int, seed: int) -> Rows:
    """Return random rows of a model: normal numbers in every column; rows with high first two columns are positive."""
    draw = np.random.default_rng(seed)
    columns = {c: draw.normal(size=count).astype(np.float32) for c in model.columns}
    one, other = list(columns.values())[:2]
    label = (one + 0.6 * other + draw.normal(scale=0.5, size=count) > 2.8).astype(np.int32)
    entity = np.array([f"u{n}" for n in range(count)])
    return Rows(pa.table(columns), label, np.full(count, np.datetime64(benchmark_lake.LAST)), entity,
                np.zeros(count, np.int64), entity, {})
