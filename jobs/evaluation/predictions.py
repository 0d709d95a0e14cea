"""Test predictions of a model as a table, so that two runs can be compared row by row."""

import numpy as np
import pyarrow as pa

from jobs.evaluation.metrics import Scored
from jobs.training.training_set import Rows

SLICE = "slice_"  # begins the columns of dimensions


def table(rows: Rows, scored: Scored) -> pa.Table:
    """Return (as_of, entity, cluster, label, loss_cents, score, slice_<dimension>...), one row per test row."""
    return pa.table({
        "as_of": rows.as_of.astype("datetime64[D]"), "entity": rows.entity, "cluster": rows.cluster,
        "label": rows.label, "loss_cents": rows.loss, "score": scored.score,
        **{f"{SLICE}{dimension}": values.astype(str) for dimension, values in rows.slices.items()}})


def scored(predictions: pa.Table) -> Scored:
    """Return the rows of `table` for the metrics."""
    label, score, day, cluster, loss = (predictions[name].to_numpy() for name in
                                        ("label", "score", "as_of", "cluster", "loss_cents"))
    return Scored(label, score, day, cluster.astype(str), loss)


def slice_values(predictions: pa.Table) -> dict[str, np.ndarray]:
    """Return the dimensions of the rows of `table`: name -> str (rows,)."""
    return {name.removeprefix(SLICE): predictions[name].to_numpy().astype(str)
            for name in predictions.column_names if name.startswith(SLICE)}
