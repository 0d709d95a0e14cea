"""How a model is boosted: stopped on the validation weeks, then trained again on all that it may know.

Verdicts are few, and the validation weeks hold a third of those that are known when the test begins. Once
they have said how many trees are enough, they are learnt from too.

The settings say where: in this process, in memory or, beyond VIGIL_TRAIN_MEMORY, from files; or on the cluster
that SPARK_MASTER names.
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
    """How to boost: a Model, or whatever else says as much. The parameters' metric is average precision."""

    parameters: Mapping[str, object]
    rounds: int
    patience: int


class Examples(Protocol):
    """What to learn from: Rows, or whatever else has Arrow columns of floats and a label for each row."""

    features: pa.Table
    label: np.ndarray


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A booster of the training and the validation rows, and what the validation rows said of it before.

    `curve` is the average precision on validation by round, of the booster that stopped there; it
    gave the margins that `calibration` was fitted on, too.
    """

    booster: "Booster"
    calibration: Calibration
    curve: list[float]


def train_model(model: Model, train: Rows, validation: Rows, seed: int,
                warm_start: "Booster | None" = None) -> TrainedModel:
    """Train a model on rows whose topics are columns already.

    Args:
        after: a booster of other rows whose trees come first; the new ones go on from its scores.
    """
    stopped, curve = fit(model, train, validation, seed, warm_start)
    calibrated = calibration.fit(stopped.predict(matrix(validation), output_margin=True), validation.label)
    rounds = stopped.num_boosted_rounds() - (warm_start.num_boosted_rounds() if warm_start else 0)
    return TrainedModel(_boost(model, training_set.concat_rows(train, validation), rounds, seed, warm_start),
                        calibrated, curve)


def fit(model: TrainingParameters, train: Examples, validation: Examples, seed: int,
        warm_start: "Booster | None" = None):
    """Boost until average precision on the validation rows gets no better.

    Returns:
        The booster cut to its best round, and the average precision on validation by round.
    """
    if _uses_cluster(train.label, warm_start):
        return _on_workers(model, train, model.rounds, seed, validation)
    curve: dict[str, dict[str, list[float]]] = {}
    # Not quantised: a round is then measured several times as fast, to the same numbers.
    booster = _boost(model, train, model.rounds, seed, warm_start, evals=[(matrix(validation), "validation")],
                     early_stopping_rounds=model.patience, evals_result=curve)
    return booster[: booster.best_iteration + 1], curve["validation"]["aucpr"]


def matrix(rows: Examples) -> "DMatrix":
    """The rows as XGBoost holds them; from Arrow, without a copy in pandas."""
    import xgboost as xgb

    return xgb.DMatrix(rows.features, label=pa.array(rows.label))


def boost(parameters: Mapping[str, object], features: pa.Table, label: "pa.Array | np.ndarray", rounds: int, seed: int,
          warm_start: "Booster | None" = None, **watched) -> "Booster":
    """Boost for so many rounds, or as `watched` has XGBoost stop. Labels are (rows,), or (rows, risks)."""
    import xgboost as xgb

    from jobs.training import external_memory

    def train(known: "DMatrix") -> "Booster":
        return xgb.train({**parameters, "seed": seed, "nthread": THREADS}, known, rounds, xgb_model=warm_start,
                         verbose_eval=False, **watched)

    config, max_bin = load_settings(), int(parameters.get("max_bin", 256))
    if not external_memory.exceeds(features, config.train_memory):
        return train(xgb.QuantileDMatrix(features, label=label, max_bin=max_bin))
    console.log(f"a matrix of {external_memory.megabytes(features):,.1f} MB, of which VIGIL_TRAIN_MEMORY allows "
                f"{config.train_memory:,}: trained from files below {config.home}")
    return external_memory.spooled(train, features, label, config.train_memory, config.home, max_bin)


def _boost(model: TrainingParameters, rows: Examples, rounds: int, seed: int, warm_start: "Booster | None" = None,
           **watched) -> "Booster":
    if _uses_cluster(rows.label, warm_start) and not watched:
        return _on_workers(model, rows, rounds, seed)[0]
    return boost(model.parameters, rows.features, pa.array(rows.label), rounds, seed, warm_start, **watched)


def _uses_cluster(label: np.ndarray, warm_start: "Booster | None") -> bool:
    """Whether to train on the cluster: it does not go on from other trees, nor learn several labels at once."""
    return load_settings().on_cluster and warm_start is None and np.ndim(label) == 1


def _on_workers(model: TrainingParameters, train: Examples, rounds: int, seed: int,
                validation: Examples | None = None) -> tuple["Booster", list[float]]:
    from jobs.training.spark_boosting import fit_on_cluster

    console.log(f"trained on the cluster at {load_settings().spark_master}")
    return fit_on_cluster(session(load_settings()), model.parameters, (train.features, train.label), rounds, seed,
                          (validation.features, validation.label) if validation else None,
                          model.patience if validation else None)
