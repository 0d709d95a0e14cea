"""A registered version of a model, loaded with everything that scoring needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from jobs.training.calibration import Calibration
from jobs.training.models import Model
from jobs.training.topics import Topics


@dataclass(frozen=True)
class ModelVersion:
    """A version of a model.

    Attributes:
        columns: input columns of the booster, in its order: features, then topics.
        topics: topics by the name of their text; `jobs/training/training_set.py` applies them.
    """

    model: Model
    version: str
    run_id: str
    booster: object
    calibration: Calibration
    columns: tuple[str, ...]
    feature_set: str
    tags: Mapping[str, str]
    topics: Mapping[str, Topics] = field(default_factory=dict)

    def raw_margins(self, inputs: np.ndarray) -> np.ndarray:
        """Return the booster's margins before calibration, float64 (rows,).

        Args:
            inputs: float32 (rows, columns), as `training_set.matrix` returns.
        """
        # `inplace_predict` reads the array directly: building a DMatrix would take as long as the prediction.
        return self.booster.inplace_predict(inputs, predict_type="margin").astype(np.float64)
