"""Metrics of slices of a model's test rows, such as a region or a category."""

import re

import numpy as np

from jobs.evaluation.metrics import Scored
from jobs.evaluation.ranking import average_precision, roc_auc

# With fewer positives a slice's average precision moves more by chance than by the model.
MIN_SLICE_POSITIVES = 5
METRIC_NAME_LIMIT = 100


def by_slice(scored: Scored, slices: dict[str, np.ndarray]) -> dict[str, float]:
    """Measure slices of the rows, as `slice/<dimension>/<value>/<metric>`.

    Args:
        scored: the test rows.
        slices: per dimension (region, category...) the value of each row, shape (rows,). A null, NaN or empty value
            becomes `unknown`. Values that differ only in characters that MLflow forbids in a metric name become one
            slice.

    Returns:
        rows and positives of every slice; base_rate, average_precision and roc_auc of a slice with 5 positives or more.

    Raises:
        ValueError: a dimension does not have one value per row.
    """
    label = np.asarray(scored.label, dtype=np.int64)
    measured = {}
    for dimension, values in slices.items():
        if len(values) != len(label):
            raise ValueError(f"slice {dimension} has {len(values)} values for {len(label)} rows")
        names, member = _slice_names(values)
        for index, name in enumerate(names):
            inside = member == index
            for metric, value in _slice_metrics(label[inside], scored.score[inside]).items():
                measured[f"slice/{_path_segment(dimension)}/{name}/{metric}"] = value
    return measured


def _slice_metrics(label: np.ndarray, score: np.ndarray) -> dict[str, float]:
    rows, positives = len(label), int(label.sum())
    counts = {"rows": float(rows), "positives": float(positives)}
    if positives < MIN_SLICE_POSITIVES:
        return counts
    return counts | {"base_rate": positives / rows, "average_precision": average_precision(label, score),
                     "roc_auc": roc_auc(label, score)}


def _slice_names(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the slice names of a dimension in name order, and per row the index of its slice."""
    segments: dict[object, str] = {}
    named = [segments[value] if value in segments else segments.setdefault(value, _path_segment(value))
             for value in np.asarray(values, dtype=object)]
    return np.unique(np.asarray(named, dtype=object), return_inverse=True)


def _path_segment(value: object) -> str:
    """Return one path segment of an MLflow metric name, which allows alphanumerics, `_ - . space : /`.

    A slash is replaced, because it would add a level. A segment of dots is replaced, because MLflow rejects it as a
    path. https://mlflow.org/docs/latest/api_reference/python_api/mlflow.html#mlflow.log_metric
    """
    if value is None or value != value or not str(value).strip():
        return "unknown"
    segment = re.sub(r"[^A-Za-z0-9_\-. :]", "_", str(value).strip())[:METRIC_NAME_LIMIT]
    return segment.replace(".", "_") if not segment.strip(".") else segment
