"""Contributions of features to a score, and their sums by reason family.

Contributions are exact (Lundberg et al. 2020, TreeSHAP, as implemented in XGBoost). Features of one family carry the
same information, and the feature that a tree splits on changes from one training to the next. The sum of a family
changes less; `make stability` measures it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jobs.training.model_version import ModelVersion

REASONS_PER_ROW = 5


class TopContributions(NamedTuple):
    """Families that raise scores, one entry a row and family, the largest contribution of a row first.

    Attributes:
        row: (entries,), the position of the row, ascending.
        column: (entries,), the position of the strongest column in the family.
        contribution: (entries,), the family's contribution.
    """

    row: np.ndarray
    column: np.ndarray
    contribution: np.ndarray


def contributions(model_version: ModelVersion, features: pa.Table | np.ndarray) -> np.ndarray:
    """Compute how much each feature moves the calibrated log-odds of each row.

    Args:
        model_version: the model version that scores the rows.
        features: inputs of the model version (`training_set.inputs`), (rows, features). An array, NaN for a missing
            value, is read three times as fast as a table.

    Returns:
        (rows, features + 1). The last column is the same for every row, and a row adds up to its calibrated margin.
    """
    import xgboost as xgb

    rows = xgb.DMatrix(features, feature_names=list(model_version.columns))
    exact = model_version.booster.predict(rows, pred_contribs=True).astype(np.float64)
    exact *= model_version.calibration.slope
    exact[:, -1] += model_version.calibration.intercept
    return exact


def top_contributions(parts: np.ndarray, families: Sequence[str]) -> TopContributions:
    """Return the families that raise each row most, at most five a row, the largest sum first.

    A family's contribution is the sum over all its columns, also over columns that lower the score. Ties go to the
    first family, and to the first column.

    Args:
        parts: the result of `contributions`, (rows, columns + 1).
        families: the family of each column, (columns,).
    """
    sums, strongest = _by_family(parts, families)
    order = np.argsort(-sums, axis=1, kind="stable")[:, :REASONS_PER_ROW]
    sums, strongest = (np.take_along_axis(of_family, order, axis=1) for of_family in (sums, strongest))
    raised = sums > 0
    return TopContributions(np.nonzero(raised)[0], strongest[raised], sums[raised])


def _by_family(parts: np.ndarray, families: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum and the strongest column of each row and family, both (rows, families).

    Families are in the order of their first columns.
    """
    family_numbers = {family: number for number, family in enumerate(dict.fromkeys(families))}
    sums = np.zeros((len(family_numbers), len(parts)))
    most = np.full_like(sums, -np.inf)
    strongest = np.zeros(sums.shape, dtype=np.int64)
    # Column after column: NumPy's own sum of a row may add in another order when there are more rows.
    for column, (family, part) in enumerate(zip(families, np.ascontiguousarray(parts.T))):
        number = family_numbers[family]
        sums[number] += part
        strongest[number] = np.where(part > most[number], column, strongest[number])
        most[number] = np.maximum(part, most[number])
    return sums.T, strongest.T
