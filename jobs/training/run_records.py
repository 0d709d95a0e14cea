"""What MLflow keeps of a training run: parameters, metrics, tags and files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.settings import Settings
from jobs.training import registry
from jobs.training.experiments import DESCRIPTION

COLUMNS_FILE = "features.json"
SLICES_FILE = "slices.json"
PREDICTIONS_FILE = "predictions.parquet"


@dataclass(frozen=True)
class RunRecord:
    """A training run of a model.

    Attributes:
        columns: input columns of the booster.
        params: parameters, as text.
    """

    run_id: str
    name: str
    experiment: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    columns: tuple[str, ...]


def read_run(settings: Settings, run_id: str) -> RunRecord:
    """Read a run.

    Raises:
        MlflowException: there is no such run.
    """
    client = registry.connect(settings)
    run = client.get_run(run_id)
    columns = json.loads(file.read_text()) if (file := artifact(settings, run_id, COLUMNS_FILE)) else {"columns": []}
    return RunRecord(run_id, run.info.run_name, client.get_experiment(run.info.experiment_id).name, run.data.params,
                     run.data.metrics, run.data.tags, tuple(columns["columns"]))


def find_run(settings: Settings, run_id: str) -> RunRecord | None:
    """Read a run; None if there is none, or if the text is no run id."""
    return registry.none_if_absent(read_run, settings, run_id)


def read_predictions(settings: Settings, run_id: str) -> pa.Table | None:
    """Read the test predictions that `evaluate` logged; None for a run without them."""
    file = artifact(settings, run_id, PREDICTIONS_FILE)
    return pq.read_table(file) if file else None


def read_table(settings: Settings, run_id: str, name: str) -> list[dict[str, object]]:
    """Read a table of `run_logging.log_table`, one dict per row; empty for a run without it."""
    file = artifact(settings, run_id, name)
    table = json.loads(file.read_text()) if file else {"columns": [], "data": []}
    return [dict(zip(table["columns"], row)) for row in table["data"]]


def artifact(settings: Settings, run_id: str, name: str) -> Path | None:
    """Return a local copy of a run's file; None for a run without it."""
    import mlflow

    client = registry.connect(settings)
    if name not in {entry.path for entry in client.list_artifacts(run_id)}:
        return None
    return Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name))


def describe_run(settings: Settings, run_id: str, name: str, text: str) -> None:
    """Set the name of a run, and its description, Markdown."""
    client = registry.connect(settings)
    client.update_run(run_id, name=name)
    client.set_tag(run_id, DESCRIPTION, text)
