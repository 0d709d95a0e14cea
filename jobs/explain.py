"""Exact contributions of features to a score (Lundberg et al. 2020, TreeSHAP, as XGBoost has it)."""

import numpy as np
import pyarrow as pa

from jobs.registry import Candidate

STRONGEST = 5


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


def strongest(parts: np.ndarray, columns: tuple[str, ...]) -> list[list[tuple[str, float]]]:
    """The features that raise each row most: up to five (column, contribution), the largest first.

    Ties go to the feature that is declared first.
    """
    order = np.argsort(-parts[:, :-1], axis=1, kind="stable")[:, :STRONGEST]
    return [[(columns[i], float(row[i])) for i in best if row[i] > 0] for row, best in zip(parts, order)]
