"""MLflow: the only place that talks to the tracking server and the model registry."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.calibration import Calibration
from jobs.models import Model
from jobs.settings import Settings

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass(frozen=True)
class Candidate:
    """A registered version of a model, loaded: everything that is needed to score with it."""

    model: Model
    version: str
    run_id: str
    booster: object
    calibration: Calibration
    columns: tuple[str, ...]
    feature_set: str
    tags: Mapping[str, str]


def connect(settings: Settings):
    """An MLflow client for the configured tracking server."""
    settings.home.mkdir(parents=True, exist_ok=True)
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
        experiment_id = client.create_experiment(model.name, artifact_location=place)
    else:
        experiment_id = experiment.experiment_id
    return mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=dict(tags))


def resume_run(settings: Settings, run_id: str):
    """The same MLflow run again, to log more to it."""
    import mlflow

    connect(settings)
    return mlflow.start_run(run_id=run_id)


def register(settings: Settings, model: Model, booster, calibration: Calibration, example,
             feature_set: str, tags: Mapping[str, str]) -> str:
    """Log the booster to the active MLflow run as `.ubj`, register it, and call it the challenger.

    Args:
        example: a few rows of features (Arrow), for the signature.
    """
    import mlflow
    import xgboost
    from mlflow.models import infer_signature

    logged = mlflow.xgboost.log_model(
        booster, name="model", model_format="ubj", registered_model_name=model.registered_name,
        signature=infer_signature(example.to_pandas(), booster.inplace_predict(example.to_pandas())),
        # Named here, because MLflow's own inference starts a second interpreter and takes seconds.
        pip_requirements=[f"xgboost-cpu=={xgboost.__version__}"],
        metadata={"calibration": calibration.to_json(), "columns": list(model.columns),
                  "feature_set": feature_set})
    client = connect(settings)
    version = str(logged.registered_model_version)
    for key, value in tags.items():
        client.set_model_version_tag(model.registered_name, version, key, value)
    client.set_registered_model_alias(model.registered_name, CHALLENGER, version)
    return version


def load(settings: Settings, model: Model, alias_or_version: str) -> Candidate | None:
    """A registered version by alias (`champion`, `challenger`) or number; None where there is none."""
    import mlflow
    from mlflow.exceptions import MlflowException

    client = connect(settings)
    try:
        found = (client.get_model_version(model.registered_name, alias_or_version)
                 if alias_or_version.isdigit()
                 else client.get_model_version_by_alias(model.registered_name, alias_or_version))
    except MlflowException as failure:
        if failure.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    uri = f"models:/{model.registered_name}/{found.version}"
    told = mlflow.models.get_model_info(uri).metadata
    return Candidate(model, str(found.version), found.run_id, mlflow.xgboost.load_model(uri),
                     Calibration.from_json(told["calibration"]), tuple(told["columns"]),
                     told["feature_set"], dict(found.tags))


def promote(settings: Settings, candidate: Candidate) -> None:
    """Move the alias `champion` to a version."""
    connect(settings).set_registered_model_alias(candidate.model.registered_name, CHAMPION, candidate.version)


def tag(settings: Settings, candidate: Candidate, tags: Mapping[str, str]) -> None:
    """Set tags on a version and on the run it came from, so that both pages of the UI tell them."""
    client = connect(settings)
    for key, value in tags.items():
        client.set_model_version_tag(candidate.model.registered_name, candidate.version, key, value)
        client.set_tag(candidate.run_id, key, value)
