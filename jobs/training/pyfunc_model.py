"""Loader of MLflow's generic Python models: calibrated probabilities, the same as those of the step `score`.

A model's files name this module. `mlflow models serve --env-manager local`, started in a checkout of Vigil with
PYTHONPATH set to it, therefore serves the champion.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from jobs.runtime.plain_paths import plain_path
from jobs.training import model_files, training_set
from jobs.training.model_version import ModelVersion


class ProbabilityModel:
    """A model as `mlflow.pyfunc` calls it."""

    def __init__(self, model_version: ModelVersion):
        self._model_version = model_version

    def predict(self, model_input, params=None) -> np.ndarray:
        """Return the calibrated probability of each row, float64 (rows,).

        Args:
            model_input: pandas data frame, one row an entity: a column for each feature, NaN for a missing value, and
                a column for each text. A missing text column counts as null.
            params: not used; MLflow passes it.
        """
        table = pa.Table.from_pandas(model_input, preserve_index=False)
        inputs = training_set.matrix(training_set.inputs(self._model_version, table))
        return self._model_version.calibration.apply(self._model_version.raw_margins(inputs))


def _load_pyfunc(path: str) -> ProbabilityModel:
    """Load the model whose booster is at `path`. MLflow calls it by this name."""
    return ProbabilityModel(model_files.load_model(plain_path(Path(path).parent)))
