"""Boosting: training that stops on the validation weeks, then a second training on all rows before the test.

Verdicts are few, and the validation weeks contain a third of the verdicts before the test. The first training finds
the number of trees. The second one learns from the validation weeks too.

The settings choose the place: this process, in memory or, above VIGIL_TRAIN_MEMORY, from files; or the cluster of
SPARK_MASTER.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from jobs.engines.spark import session
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.training import calibration, training_set
from jobs.training.calibration import Calibration
from jobs.training.models import Model
from jobs.training.training_set import Rows

if TYPE_CHECKING:
    from xgboost import Booster, DMatrix

THREADS = 2


class TrainingParameters(Protocol):
    """Parameters of a training, such as a `Model`. The metric in `parameters` is average precision."""

    parameters: Mapping[str, object]
    rounds: int
    patience: int


class Examples(Protocol):
    """Rows to learn from, such as `Rows`: Arrow columns of floats, and a label for each row."""

    features: pa.Table
    label: np.ndarray


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A booster of the training and the validation rows, with its calibration and its learning curve.

    Attributes:
        booster: trained on training and validation rows.
        calibration: fitted on validation margins of the first training's booster.
        curve: average precision on validation by round, in the first training.
    """

    booster: "Booster"
    calibration: Calibration
    curve: list[float]


def train_model(model: Model, train: Rows, validation: Rows, seed: int,
                warm_start: "Booster | None" = None) -> TrainedModel:
    """Train a model on rows that have their topics as columns.

    Args:
        warm_start: a booster of other rows. Its trees are the first ones, and the new trees continue from its scores.
    """
    stopped, curve = fit(model, train, validation, seed, warm_start)
    calibrated = calibration.fit(stopped.predict(matrix(validation), output_margin=True), validation.label)
    rounds = stopped.num_boosted_rounds() - (warm_start.num_boosted_rounds() if warm_start else 0)
    return TrainedModel(_boost(model, training_set.concat_rows(train, validation), rounds, seed, warm_start),
                        calibrated, curve)


def fit(model: TrainingParameters, train: Examples, validation: Examples, seed: int,
        warm_start: "Booster | None" = None):
    """Boost until average precision on the validation rows no longer improves.

    Returns:
        The booster cut to its best round, and the average precision on validation by round.
    """
    if _uses_cluster(train.label, warm_start):
        return _on_workers(model, train, model.rounds, seed, validation)
    curve: dict[str, dict[str, list[float]]] = {}
    # The validation matrix is not quantised: XGBoost then measures a round several times as fast, with equal numbers.
    booster = _boost(model, train, model.rounds, seed, warm_start, evals=[(matrix(validation), "validation")],
                     early_stopping_rounds=model.patience, evals_result=curve)
    return booster[: booster.best_iteration + 1], curve["validation"]["aucpr"]


def matrix(rows: Examples) -> "DMatrix":
    """Convert rows to XGBoost's matrix, from Arrow and without a copy in pandas."""
    import xgboost as xgb

    return xgb.DMatrix(rows.features, label=pa.array(rows.label))


def boost(parameters: Mapping[str, object], features: pa.Table, label: "pa.Array | np.ndarray", rounds: int, seed: int,
          warm_start: "Booster | None" = None, **early_stopping) -> "Booster":
    """Boost for `rounds` rounds, or fewer with early stopping.

    Args:
        label: (rows,), or (rows, risks).
        early_stopping: further arguments of `xgboost.train`.
    """
    import xgboost as xgb

    from jobs.training import external_memory

    def train(rows: "DMatrix") -> "Booster":
        return xgb.train({**parameters, "seed": seed, "nthread": THREADS}, rows, rounds, xgb_model=warm_start,
                         verbose_eval=False, **early_stopping)

    config, max_bin = load_settings(), int(parameters.get("max_bin", 256))
    if not external_memory.exceeds(features, config.train_memory):
        return train(xgb.QuantileDMatrix(features, label=label, max_bin=max_bin))
    console.log(f"training matrix {external_memory.megabytes(features):,.1f} MB exceeds "
                f"VIGIL_TRAIN_MEMORY={config.train_memory} MB: training from disk, below {config.home}")
    return external_memory.spooled(train, features, label, config.train_memory, config.home, max_bin)


def _boost(model: TrainingParameters, rows: Examples, rounds: int, seed: int, warm_start: "Booster | None" = None,
           **early_stopping) -> "Booster":
    if _uses_cluster(rows.label, warm_start) and not early_stopping:
        return _on_workers(model, rows, rounds, seed)[0]
    return boost(model.parameters, rows.features, pa.array(rows.label), rounds, seed, warm_start, **early_stopping)


def _uses_cluster(label: np.ndarray, warm_start: "Booster | None") -> bool:
    """Return whether to train on the cluster, which supports no warm start and no row with several labels."""
    return load_settings().on_cluster and warm_start is None and np.ndim(label) == 1


def _on_workers(model: TrainingParameters, train: Examples, rounds: int, seed: int,
                validation: Examples | None = None) -> tuple["Booster", list[float]]:
    from jobs.training.spark_boosting import fit_on_cluster

    console.log(f"trained on the cluster at {load_settings().spark_master}")
    return fit_on_cluster(session(load_settings()), model.parameters, (train.features, train.label), rounds, seed,
                          (validation.features, validation.label) if validation else None,
                          model.patience if validation else None)
