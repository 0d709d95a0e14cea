"""Why a score is high: exact contributions of features (Lundberg et al. 2020, TreeSHAP, as XGBoost has it),
added up by families that a person understands.

Features of one family share what they know, and which of them a tree splits on changes from one training to the
next. Their sum changes less (`make stability` measures it).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jobs.training.registry import ModelVersion

REASONS_PER_ROW = 5


class TopContributions(NamedTuple):
    """Families that raise scores, one entry each, ordered by row and the largest contribution of a row first.

    Each (causes,): the place of the row, that of the strongest column in the family, and the family's contribution.
    """

    row: np.ndarray
    column: np.ndarray
    contribution: np.ndarray


def contributions(candidate: ModelVersion, features: pa.Table | np.ndarray) -> np.ndarray:
    """How much each feature moves the calibrated log-odds, row by row.

    Args:
        features: what the candidate sees (`training_set.inputs`), (rows, features). An array, NaN where there is no
            value, is read three times as fast as a table.

    Returns:
        (rows, features + 1); the last column is the same for every row, and a row adds up to its
        calibrated margin.
    """
    import xgboost as xgb

    rows = xgb.DMatrix(features, feature_names=list(candidate.columns))
    exact = candidate.booster.predict(rows, pred_contribs=True).astype(np.float64)
    exact *= candidate.calibration.slope
    exact[:, -1] += candidate.calibration.intercept
    return exact


def top_contributions(parts: np.ndarray, families: Sequence[str]) -> TopContributions:
    """The families that raise each row most, at most five, the largest sum first.

    A family's contribution is the sum over its columns, those that lower the score included. Ties go to the
    family, and to the column, that comes first.

    Args:
        parts: what `contributions` returned, (rows, columns + 1).
        families: the family of each column, (columns,).
    """
    sums, strongest = _by_family(parts, families)
    order = np.argsort(-sums, axis=1, kind="stable")[:, :REASONS_PER_ROW]
    sums, strongest = (np.take_along_axis(of_family, order, axis=1) for of_family in (sums, strongest))
    raised = sums > 0
    return TopContributions(np.nonzero(raised)[0], strongest[raised], sums[raised])


def _by_family(parts: np.ndarray, families: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The sum and the strongest column of each row and family, (rows, families) each, families as they first come."""
    place = {family: number for number, family in enumerate(dict.fromkeys(families))}
    sums = np.zeros((len(place), len(parts)))
    most = np.full_like(sums, -np.inf)
    strongest = np.zeros(sums.shape, dtype=np.int64)
    # Column after column: NumPy's own sum of a row may add in another order when there are more rows.
    for column, (family, part) in enumerate(zip(families, np.ascontiguousarray(parts.T))):
        own = place[family]
        sums[own] += part
        strongest[own] = np.where(part > most[own], column, strongest[own])
        most[own] = np.maximum(part, most[own])
    return sums.T, strongest.T
