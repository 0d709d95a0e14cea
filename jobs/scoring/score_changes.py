"""Why two models score a row differently: families whose contributions differ most."""

import numpy as np
import pyarrow as pa

from jobs.scoring import reason_families
from jobs.scoring.contributions import contributions
from jobs.training import training_set
from jobs.training.model_version import ModelVersion

CAUSES_PER_ROW = 3
MIN_CHANGE = 0.05  # of log-odds; a smaller change is no cause
OTHERWISE = "the same for all rows"


def causes(first: ModelVersion, second: ModelVersion, rows: pa.Table) -> list[str]:
    """Return the causes of the change from the first to the second model's score of each row, in words.

    Args:
        rows: features and texts of the rows, with all input columns of both models.

    Returns:
        (rows,), for example `what it claims back +0.84; its reviews -0.20`, in calibrated log-odds, the largest change
        first. Empty for a row without a change.
    """
    before, after = _by_family(first, rows), _by_family(second, rows)
    families = sorted(before.keys() | after.keys())
    none = np.zeros(rows.num_rows)
    change = np.array([after.get(family, none) - before.get(family, none) for family in families])
    return [_words(families, of_row) for of_row in change.T]


def _by_family(model_version: ModelVersion, rows: pa.Table) -> dict[str, np.ndarray]:
    """Return the contribution of each family to the calibrated log-odds of each row, float64 (rows,)."""
    parts = contributions(model_version, training_set.matrix(training_set.inputs(model_version, rows)))
    sums = {OTHERWISE: parts[:, -1]}
    for number, column in enumerate(model_version.columns):
        family = reason_families.family(model_version.model.feature_set, column)
        sums[family] = sums.get(family, 0.0) + parts[:, number]
    return sums


def _words(families: list[str], change: np.ndarray) -> str:
    largest = np.argsort(-np.abs(change), kind="stable")[:CAUSES_PER_ROW]
    return "; ".join(f"{families[number]} {change[number]:+.2f}" for number in largest.tolist()
                     if abs(change[number]) >= MIN_CHANGE)
