"""Logging to the open MLflow run: parameters, metrics, figures, tables and JSON files."""

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure


def log_params(params: Mapping[str, object]) -> None:
    """Log parameters of the run."""
    import mlflow

    mlflow.log_params(dict(params))


def log_metrics(metrics: Mapping[str, float]) -> None:
    """Log the finite metrics: MLflow stores no undefined value."""
    import mlflow

    mlflow.log_metrics({name: float(value) for name, value in metrics.items() if np.isfinite(value)})


def log_curve(name: str, points: Sequence[tuple[int, float]]) -> None:
    """Log (step, value) points of a metric to the run in one batch: single points cost a commit each."""
    import mlflow
    from mlflow.entities import Metric

    run = mlflow.active_run().info
    mlflow.MlflowClient().log_batch(run.run_id, [Metric(name, value, run.start_time, at) for at, value in points])


def log_figures(figures: Mapping[str, "Figure"]) -> None:
    """Log each figure as `plots/<name>.png`."""
    import mlflow

    for name, figure in figures.items():
        mlflow.log_figure(figure, f"plots/{name}.png")


def log_json(content: Any, file: str) -> None:
    """Log content as a JSON file of the run."""
    import mlflow

    mlflow.log_dict(content, file)


def log_table(columns: Sequence[str], rows: Sequence[Sequence[object]], file: str) -> None:
    """Log a small table in the form of `mlflow.log_table`, which the UI shows as a table.

    `mlflow.log_table` itself appends to a table of the same name; a second evaluation replaces it.
    """
    import mlflow

    values = [[None if isinstance(value, float) and math.isnan(value) else value for value in row] for row in rows]
    mlflow.log_dict({"columns": list(columns), "data": values}, file)
    mlflow.set_tag("mlflow.loggedArtifacts", json.dumps([{"path": file, "type": "table"}]))


def log_rows(table: "pa.Table", file: str) -> None:
    """Log a table as a Parquet file of the run."""
    import mlflow
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(table, Path(folder) / file, compression="zstd")
        mlflow.log_artifact(str(Path(folder) / file))
