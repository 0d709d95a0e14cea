"""Boosting on a Spark cluster: each worker has a part of the rows, and the workers agree on every split.

Source: Distributed XGBoost with PySpark, https://xgboost.readthedocs.io/en/stable/tutorials/spark_estimator.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from jobs.errors import UserError
from jobs.training import training_set

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from xgboost import Booster

FEATURES, LABEL, VALIDATION = "features", "label", "is_validation"
WORKERS = 2

# Parameters that the estimator takes as arguments of its own, or decides itself. `max_bin` stays at its default:
# XGBoost 3.2 passes it to one of its two matrices, and then rejects the other.
NOT_PASSED = ("objective", "nthread", "seed", "eta", "lambda", "max_bin")


def fit_on_cluster(spark: "SparkSession", parameters: Mapping[str, object], train: tuple[pa.Table, np.ndarray],
                   rounds: int, seed: int, validation: tuple[pa.Table, np.ndarray] | None = None,
                   patience: int | None = None, workers: int = WORKERS) -> tuple["Booster", list[float]]:
    """Boost on `workers` workers of a cluster.

    Rows reach the workers in no fixed order: two trainings on the same rows give equal models only within a tolerance.

    Args:
        parameters: XGBoost's parameters, such as `jobs.training.models.PARAMETERS`; a larger metric must be better.
        train: Arrow columns of floats, and 0 or 1 for each row.
        validation: columns and labels as in `train`; boosting stops after `patience` rounds without improvement.

    Returns:
        The booster, cut to its best round if there is a validation, and the metric on validation by round.

    Raises:
        UserError: the session is a Spark Connect session, or a row has several labels.
    """
    from xgboost.spark import SparkXGBClassifier

    _require_supported(spark, train[1])
    columns = train[0].column_names
    estimator = SparkXGBClassifier(
        features_col=FEATURES, label_col=LABEL, num_workers=workers, n_estimators=rounds, random_state=seed,
        learning_rate=parameters.get("eta", 0.3), reg_lambda=parameters.get("lambda", 1.0),
        **{name: value for name, value in parameters.items() if name not in NOT_PASSED},
        **({"validation_indicator_col": VALIDATION, "early_stopping_rounds": patience} if validation else {}))
    model = estimator.fit(spark.createDataFrame(_rows(train, validation)))
    booster = model.get_booster()
    booster.feature_names = columns
    if not validation:
        return booster, []
    curve = model.training_summary.validation_objective_history[str(parameters["eval_metric"])]
    return booster[: int(np.argmax(curve)) + 1], curve


def _require_supported(spark: "SparkSession", label: np.ndarray) -> None:
    from pyspark.sql.connect.session import SparkSession as Remote

    if isinstance(spark, Remote):
        raise UserError("training on a cluster: the session is one of Spark Connect, over which workers cannot reach "
                        "one another. Expected SPARK_MASTER=spark://host:port and no SPARK_REMOTE")
    if np.ndim(label) != 1:
        raise UserError(f"training on a cluster: {np.shape(label)[1]} labels a row. Expected one; unset SPARK_MASTER "
                        "to train such a model here")


def _rows(train: tuple[pa.Table, np.ndarray], validation: tuple[pa.Table, np.ndarray] | None) -> pa.Table:
    """Concatenate both parts to (features, label, is_validation), the features of a row as one list.

    Named columns were rejected: XGBoost 3.2 loses them in a batch with rows of only one part.
    """
    parts = [train, validation] if validation else [train]
    return pa.concat_tables(pa.table({
        FEATURES: _lists(features), LABEL: pa.array(np.asarray(label, dtype=np.int32)),
        VALIDATION: pa.array(np.full(len(label), number == 1))}) for number, (features, label) in enumerate(parts))


def _lists(features: pa.Table) -> pa.Array:
    values = training_set.matrix(features)
    offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.ravel()))
