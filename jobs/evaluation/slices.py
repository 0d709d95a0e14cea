"""Metrics of slices of a model's test rows, such as a region or a category."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.evaluation import metrics
from jobs.evaluation.metrics import Scored
from jobs.evaluation.ranking import average_precision, roc_auc

# With fewer positives a slice's average precision moves more by chance than by the model.
MIN_SLICE_POSITIVES = 5
UNKNOWN = "unknown"


@dataclass(frozen=True)
class SliceMetrics:
    """Metrics of the rows with one value of a dimension.

    Attributes:
        found: positives of the slice that a review of all rows at capacity finds.
        base_rate: of a slice with 5 positives or more, as `average_precision` and `roc_auc`; else NaN.
    """

    dimension: str
    value: str
    rows: int
    positives: int
    found: int
    base_rate: float
    average_precision: float
    roc_auc: float

    @property
    def recall(self) -> float:
        """Return the share of the slice's positives that a review at capacity finds; NaN without positives."""
        return self.found / self.positives if self.positives else float("nan")


def by_slice(scored: Scored, slices: dict[str, np.ndarray], capacity: int) -> list[SliceMetrics]:
    """Measure slices of the rows, by dimension in the given order and by value in alphabetical order.

    Args:
        scored: the test rows.
        slices: per dimension (region, category...) the value of each row, shape (rows,). A null, NaN or empty value
            becomes `unknown`.
        capacity: rows reviewed a day, of all slices together.

    Raises:
        ValueError: a dimension does not have one value per row.
    """
    label, reviewed = np.asarray(scored.label, dtype=np.int64), metrics.reviewed_rows(scored, capacity)
    measured = []
    for dimension, values in slices.items():
        if len(values) != len(label):
            raise ValueError(f"slice {dimension} has {len(values)} values for {len(label)} rows")
        names, member = np.unique(np.array([_name(value) for value in values], dtype=str), return_inverse=True)
        for index, name in enumerate(names):
            inside = member == index
            measured.append(_measure(dimension, str(name), label[inside], scored.score[inside], reviewed[inside]))
    return measured


def from_table(rows: Sequence[Mapping[str, object]]) -> list[SliceMetrics]:
    """Return the slices of a stored table, one dict per slice; null becomes NaN."""
    return [SliceMetrics(**{name: float("nan") if value is None else value for name, value in row.items()})
            for row in rows]


def weakest(measured: Sequence[SliceMetrics], count: int = 3) -> list[SliceMetrics]:
    """Return the slices of lowest recall at capacity among those with 5 positives or more, the lowest first."""
    enough = [part for part in measured if part.positives >= MIN_SLICE_POSITIVES]
    return sorted(enough, key=lambda part: (part.recall, -part.positives, part.dimension, part.value))[:count]


def _measure(dimension: str, value: str, label: np.ndarray, score: np.ndarray, reviewed: np.ndarray) -> SliceMetrics:
    rows, positives, found = len(label), int(label.sum()), int(label[reviewed].sum())
    if positives < MIN_SLICE_POSITIVES:
        return SliceMetrics(dimension, value, rows, positives, found, *[float("nan")] * 3)
    return SliceMetrics(dimension, value, rows, positives, found, positives / rows, average_precision(label, score),
                        roc_auc(label, score))


def _name(value: object) -> str:
    return UNKNOWN if value is None or value != value or not str(value).strip() else str(value).strip()
