"""The rows of a training as MLflow datasets: name, digest, Delta versions and counts, shown under "Datasets"."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training.models import Model
from jobs.training.training_set import Rows

if TYPE_CHECKING:
    from mlflow.entities import Dataset

CONTEXTS = {"train": "training", "validation": "validation", "test": "test"}
DIGEST_LENGTH = 16  # MLflow stores at most 36 characters


def log_inputs(lake: Lake, model: Model, parts: Mapping[str, Rows]) -> None:
    """Log each part's rows as a dataset of the open run. A dataset that the run has already is not repeated.

    Args:
        lake: the lake that the rows were read from; it knows the versions of the tables read.
        parts: rows by part of the split: train, validation or test.
    """
    import mlflow
    from mlflow.entities import DatasetInput, InputTag

    run = mlflow.active_run().info.run_id
    mlflow.MlflowClient().log_inputs(run, [
        DatasetInput(labelled_dataset(lake, model, part, rows), [InputTag("mlflow.data.context", CONTEXTS[part])])
        for part, rows in parts.items()])


def labelled_dataset(lake: Lake, model: Model, part: str, rows: Rows) -> "Dataset":
    """Return a part's rows as an MLflow dataset, whose source is the Delta table of labels at the version read."""
    from mlflow.entities import Dataset

    labels, versions = catalog.labels(model.entity).name, lake.versions()
    source = {"path": f"{lake.root}/{labels}", "delta_table_version": versions[labels]}
    return Dataset(f"{labels}, {model.risk}, {part}", rows_digest(rows), "delta_table", json.dumps(source),
                   _schema(rows), json.dumps(_profile(rows, versions)))


def rows_digest(rows: Rows) -> str:
    """Return a digest of the rows' entities, days, labels, losses, features and texts, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for values in (rows.entity, rows.as_of.astype("datetime64[D]").astype(np.int64), rows.label, rows.loss):
        digest.update(_as_bytes(values))
    table = rows.table
    for name in table.column_names:
        digest.update(name.encode())
        digest.update(_as_bytes(table[name].to_numpy()))
    return digest.hexdigest()[:DIGEST_LENGTH]


def _as_bytes(values: np.ndarray) -> bytes:
    # Object and text arrays have no bytes of their own content.
    return values.tobytes() if values.dtype.kind in "biufM" else json.dumps(values.tolist()).encode()


def _profile(rows: Rows, versions: Mapping[str, int]) -> dict[str, object]:
    return {"rows": len(rows), "positives": rows.positives, "first_as_of": str(rows.as_of.min()),
            "last_as_of": str(rows.as_of.max()), "versions": dict(versions)}


def _schema(rows: Rows) -> str:
    from mlflow.types import ColSpec, DataType, Schema

    schema = Schema([ColSpec(DataType.float, name) for name in rows.features.column_names]
                    + [ColSpec(DataType.string, name) for name in rows.texts.column_names]
                    + [ColSpec(DataType.integer, "label")])
    return json.dumps({"mlflow_colspec": schema.to_dict()})
