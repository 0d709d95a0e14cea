"""Logging to the open MLflow run: parameters, metrics, figures and JSON files."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
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
