"""MLflow: the only place that talks to the tracking server and the model registry."""

import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobs.calibration import Calibration
from jobs.models import Model
from jobs.settings import Settings
from jobs.storage.disk_errors import make_home
from jobs.storage.plain_paths import plain_path
from jobs.topics import Topics
from jobs.training import moved_artifacts

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

CHAMPION, CHALLENGER = "champion", "challenger"
DESCRIPTION = "mlflow.note.content"  # the tag that MLflow shows as what an experiment is about


@dataclass(frozen=True)
class Candidate:
    """A registered version of a model, loaded: everything that is needed to score with it.

    `columns` are what the booster sees, in its order: features, then topics. `topics` are by the name
    of their text (jobs/training_set.py applies them).
    """

    model: Model
    version: str
    run_id: str
    booster: object
    calibration: Calibration
    columns: tuple[str, ...]
    feature_set: str
    tags: Mapping[str, str]
    topics: Mapping[str, Topics] = field(default_factory=dict)


def connect(settings: Settings):
    """An MLflow client for the configured tracking server."""
    make_home(settings.home)
    moved_artifacts.mend(settings)
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)

    mlflow.set_tracking_uri(settings.tracking_uri)
    return mlflow.MlflowClient()


def start_run(settings: Settings, model: Model, name: str, tags: Mapping[str, str]):
    """A new MLflow run in the model's experiment, as a context manager."""
    import mlflow

    client = connect(settings)
    experiment = client.get_experiment_by_name(model.name)
    if experiment is None:
        place = None if "://" in settings.tracking_uri and not settings.tracking_uri.startswith("sqlite") \
            else (settings.home / "mlartifacts" / model.registered_name).as_uri()
        experiment_id = client.create_experiment(model.name, artifact_location=place, tags={
            DESCRIPTION: f"{model.entity}: {model.declared_risk.meaning}"})
    else:
        experiment_id = experiment.experiment_id
    return mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=dict(tags))


def resume_run(settings: Settings, run_id: str):
    """The same MLflow run again, to log more to it."""
    import mlflow

    connect(settings)
    return mlflow.start_run(run_id=run_id)


def log_curve(name: str, points: Sequence[tuple[int, float]]) -> None:
    """Log (step, value) of a metric to the active run in one go: one by one costs a commit each."""
    import mlflow
    from mlflow.entities import Metric

    run = mlflow.active_run().info
    mlflow.MlflowClient().log_batch(run.run_id, [Metric(name, value, run.start_time, at) for at, value in points])


def register(settings: Settings, model: Model, booster, calibration: Calibration, example,
             feature_set: str, tags: Mapping[str, str], topics: Mapping[str, Topics]) -> str:
    """Log the booster to the active MLflow run as `.ubj`, register it, and call it the challenger.

    Args:
        example: a few rows of what the booster sees (Arrow), for the names of columns and the signature.
        topics: kept beside the booster as JSON and arrays, by the name of their text.
    """
    import mlflow
    import xgboost
    from mlflow.models import infer_signature

    shown = example.to_pandas()
    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for name, fitted in topics.items() for path in fitted.save(Path(folder), f"topics_{name}")]
        logged = mlflow.xgboost.log_model(
            booster, name="model", model_format="ubj", signature=infer_signature(shown, booster.inplace_predict(shown)),
            # Named here, because MLflow's own inference starts a second interpreter and takes seconds.
            pip_requirements=[f"xgboost-cpu=={xgboost.__version__}"], extra_files=files,
            metadata={"calibration": calibration.to_json(), "columns": example.column_names,
                      "feature_set": feature_set, "topics": list(topics)})
    # Apart from logging, because only here do the tags come in the same transaction.
    version = str(mlflow.register_model(logged.model_uri, model.registered_name, tags=dict(tags)).version)
    connect(settings).set_registered_model_alias(model.registered_name, CHALLENGER, version)
    return version


def load(settings: Settings, model: Model, alias_or_version: str) -> Candidate | None:
    """A registered version by alias (`champion`, `challenger`) or number; None where there is none."""
    import mlflow
    import xgboost

    found = _version(connect(settings), model, alias_or_version)
    if found is None:
        return None
    place = Path(mlflow.artifacts.download_artifacts(f"models:/{model.registered_name}/{found.version}"))
    logged = mlflow.models.Model.load(str(plain_path(place)))  # MLflow takes what follows a `#` for no part of a path
    # As mlflow.xgboost.load_model does, which reads the description twice more.
    booster = xgboost.Booster(model_file=place / logged.flavors["xgboost"]["data"])
    told = logged.metadata
    return Candidate(model, str(found.version), found.run_id, booster,
                     Calibration.from_json(told["calibration"]), tuple(told["columns"]),
                     told["feature_set"], dict(found.tags),
                     {name: Topics.load(place / "extra_files", f"topics_{name}") for name in told.get("topics", ())})


def champion_of_any(settings: Settings, models: Sequence[Model]) -> bool:
    """Whether any of the models has a champion. Each is asked for by name: a list would come in pages."""
    client = connect(settings)
    return any(_version(client, model, CHAMPION) for model in models)


def _version(client, model: Model, alias_or_version: str):
    """The registered version by alias or number; None where there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return (client.get_model_version(model.registered_name, alias_or_version)
                if alias_or_version.isdigit()
                else client.get_model_version_by_alias(model.registered_name, alias_or_version))
    except MlflowException as failure:
        if failure.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def promote(settings: Settings, candidate: Candidate) -> None:
    """Move the alias `champion` to a version."""
    connect(settings).set_registered_model_alias(candidate.model.registered_name, CHAMPION, candidate.version)


def tag(settings: Settings, candidate: Candidate, tags: Mapping[str, str]) -> None:
    """Set tags on a version and on the run it came from, so that both pages of the UI tell them."""
    client = connect(settings)
    for key, value in tags.items():
        client.set_model_version_tag(candidate.model.registered_name, candidate.version, key, value)
        client.set_tag(candidate.run_id, key, value)
