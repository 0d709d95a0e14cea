"""Two runs of a model on the same test rows: metrics, slices, and the rows whose scores differ most."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.evaluation import metrics, predictions, slices
from jobs.evaluation.metrics import Estimate, Scored
from jobs.evaluation.slices import SliceMetrics

CHANGED_ROWS = 20


@dataclass(frozen=True)
class ChangedRow:
    """A test row that two models score differently.

    Attributes:
        index: position of the row in both tables.
        reviewed: whether the row is within capacity, by the first and by the second model.
    """

    index: int
    entity: str
    as_of: str
    label: int
    loss_cents: int
    scores: tuple[float, float]
    reviewed: tuple[bool, bool]


@dataclass(frozen=True, eq=False)
class PairedRuns:
    """The comparison of a first and a second run.

    Attributes:
        metrics: by name, of the first, of the second, and the paired difference second minus first.
        slices: metrics of each slice, of the first and of the second.
        changed: rows by the size of the change, the largest first.
    """

    scored: tuple[Scored, Scored]
    capacity: int
    metrics: dict[str, tuple[Estimate, Estimate, Estimate]]
    slices: list[tuple[SliceMetrics, SliceMetrics]]
    changed: list[ChangedRow]


def common_rows(first: pa.Table, second: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the rows that both predictions have, in one order, with the labels and losses of the second.

    Verdicts arrive late, so a later run knows more of them.

    Args:
        first: predictions, as `predictions.table` returns; `second` likewise.

    Raises:
        ValueError: a table has two rows of one entity and day.
    """
    keys = [list(zip(table["as_of"].to_pylist(), table["entity"].to_pylist())) for table in (first, second)]
    positions = [{key: row for row, key in enumerate(own)} for own in keys]
    for own, position in zip(keys, positions):
        if len(own) != len(position):
            raise ValueError("predictions have two rows of one entity and day")
    shared = sorted(positions[0].keys() & positions[1].keys())
    one, two = (table.take(pa.array([position[key] for key in shared], pa.int64()))
                for table, position in zip((first, second), positions))
    for name in ("label", "loss_cents"):
        one = one.set_column(one.column_names.index(name), name, two[name])
    return one, two


def compare(first: pa.Table, second: pa.Table, capacity: int, seed: int) -> PairedRuns:
    """Compare predictions of the same rows, as `common_rows` returns them.

    Intervals are of a paired cluster bootstrap, see `metrics.paired_differences`.

    Raises:
        ValueError: there is no row, or the rows differ.
    """
    if not len(first):
        raise ValueError("no row is in both predictions")
    scored = predictions.scored(first), predictions.scored(second)
    by_slice = [slices.by_slice(one, predictions.slice_values(second), capacity) for one in scored]
    return PairedRuns(scored, capacity, _metrics(scored, capacity, seed), list(zip(*by_slice)),
                      changed_rows(second, scored, capacity))


def changed_rows(rows: pa.Table, scored: tuple[Scored, Scored], capacity: int) -> list[ChangedRow]:
    """Return the rows whose scores differ most, at most 20; equal scores are no change."""
    change = np.abs(scored[1].score - scored[0].score)
    largest = np.argsort(-change, kind="stable")[:CHANGED_ROWS]
    reviewed = [metrics.reviewed_rows(one, capacity) for one in scored]
    return [ChangedRow(int(row), rows["entity"][row].as_py(), str(rows["as_of"][row].as_py()),
                       int(scored[1].label[row]), int(scored[1].loss[row]),
                       (float(scored[0].score[row]), float(scored[1].score[row])),
                       (bool(reviewed[0][row]), bool(reviewed[1][row])))
            for row in largest.tolist() if change[row] > 0]


def _metrics(scored: tuple[Scored, Scored], capacity: int,
             seed: int) -> dict[str, tuple[Estimate, Estimate, Estimate]]:
    differences = metrics.paired_differences(scored[1], scored[0], capacity, seed)
    first, second = (metrics.estimates(one, capacity, seed) for one in scored)
    return {name: (first[name], second[name], difference) for name, difference in differences.items()}
