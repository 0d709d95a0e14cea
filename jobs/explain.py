"""Why a score is high: exact contributions of features (Lundberg et al. 2020, TreeSHAP, as XGBoost has it),
added up by families that a person understands.

Features of one family share what they know, and which of them a tree splits on changes from one training to the
next. Their sum changes less (`make stability` measures it).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from jobs.registry import Candidate

STRONGEST = 5


class Cause(NamedTuple):
    """A family that raises a row's score, and the place of the strongest column in it."""

    family: str
    column: int
    contribution: float


def contributions(candidate: Candidate, features: pa.Table) -> np.ndarray:
    """How much each feature moves the calibrated log-odds, row by row.

    Returns:
        (rows, features + 1); the last column is the same for every row, and a row adds up to its
        calibrated margin.
    """
    import xgboost as xgb

    exact = candidate.booster.predict(xgb.DMatrix(features), pred_contribs=True).astype(np.float64)
    exact *= candidate.calibration.slope
    exact[:, -1] += candidate.calibration.intercept
    return exact


def causes(parts: np.ndarray, families: Sequence[str]) -> list[list[Cause]]:
    """The families that raise each row most, at most five, the largest sum first.

    A family's contribution is the sum over its columns, those that lower the score included. Ties go to the
    family, and to the column, that comes first.

    Args:
        parts: what `contributions` returned, (rows, columns + 1).
        families: the family of each column, (columns,).
    """
    names = list(dict.fromkeys(families))
    members = [np.array([i for i, family in enumerate(families) if family == name], dtype=int) for name in names]
    # Summed one by one: a matrix product may add in another order when there are more rows.
    sums = np.column_stack([parts[:, own].sum(axis=1) for own in members]) if names else np.zeros((len(parts), 0))
    strongest = (np.column_stack([own[np.argmax(parts[:, own], axis=1)] for own in members]) if names
                 else np.zeros((len(parts), 0), dtype=int))
    order = np.argsort(-sums, axis=1, kind="stable")[:, :STRONGEST]
    # Lists, whose numbers are Python's own, are looked into three times as fast as arrays.
    return [[Cause(names[f], columns[f], total[f]) for f in best if total[f] > 0]
            for columns, total, best in zip(strongest.tolist(), sums.tolist(), order.tolist())]
