"""MLflow's model registry: model versions and their aliases. `connect` is the only client of the tracking server."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jobs.failures.disk_errors import make_home
from jobs.failures.retry import can_pass
from jobs.runtime.plain_paths import plain_path
from jobs.settings import Settings
from jobs.storage.faults import Fault
from jobs.training import moved_artifacts
from jobs.training.calibration import Calibration
from jobs.training.models import MODELS, Model
from jobs.training.topics import Topics

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

CHAMPION, CHALLENGER = "champion", "challenger"
SHA256 = "sha256"  # key in a model's metadata: SHA-256 of the booster's file
DESCRIPTION = "mlflow.note.content"  # the tag that MLflow shows as an experiment's description


@dataclass(frozen=True)
class ModelVersion:
    """A registered version of a model, loaded with everything that scoring needs.

    Attributes:
        columns: input columns of the booster, in its order: features, then topics.
        topics: topics by the name of their text; `jobs/training/training_set.py` applies them.
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
    """Return an MLflow client for the configured tracking server."""
    make_home(settings.home)
    moved_artifacts.mend(settings)
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)

    mlflow.set_tracking_uri(settings.tracking_uri)
    return mlflow.MlflowClient()


def database_file(settings: Settings) -> Path | None:
    """Return the path of MLflow's SQLite database, whether or not the file exists; None for another database."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(settings.tracking_uri)
    except ArgumentError:
        return None
    return Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None


def location(settings: Settings) -> str:
    """Return the registry's file, or the host of its server, for messages."""
    return str(database_file(settings) or urlsplit(settings.tracking_uri).hostname or "its server")


def champion_versions(settings: Settings) -> dict[str, str | None]:
    """Return the champion's version of each declared model that is registered, by the model's name.

    The version is None for a model without a champion. A missing or empty database file is not created.
    """
    file = database_file(settings)
    if file is not None and not (file.exists() and file.stat().st_size):
        return {}
    client = connect(settings)
    # Models are fetched by name: a registry may contain many models of others, and a search returns them in pages.
    registered = {model.name: _none_if_absent(client.get_registered_model, model.registered_name) for model in MODELS}
    return {name: _version(entry.aliases.get(CHAMPION)) for name, entry in registered.items() if entry is not None}


def tags_of(settings: Settings, model: Model, alias: str) -> Mapping[str, str]:
    """Return the tags of the version with an alias; empty if no version has the alias."""
    entry = _none_if_absent(connect(settings).get_model_version_by_alias, model.registered_name, alias)
    return {} if entry is None else entry.tags


def has_version(settings: Settings, model: Model, version: str) -> bool:
    """Return whether the registry has a version of a model."""
    return _none_if_absent(connect(settings).get_model_version, model.registered_name, version) is not None


def _version(number: object) -> str | None:
    return None if number is None else str(number)


def _none_if_absent(ask: Callable[..., Any], *arguments: str) -> Any | None:
    """Return the registry's answer; None if the registry does not have the requested entry."""
    from mlflow.exceptions import MlflowException

    try:
        return ask(*arguments)
    except MlflowException as failure:
        if failure.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def start_run(settings: Settings, model: Model, name: str, tags: Mapping[str, str]):
    """Start a new MLflow run in the model's experiment, as a context manager."""
    import mlflow

    client = connect(settings)
    experiment = client.get_experiment_by_name(model.name)
    if experiment is None:
        artifacts = None if "://" in settings.tracking_uri and not settings.tracking_uri.startswith("sqlite") \
            else (settings.home / "mlartifacts" / model.registered_name).as_uri()
        experiment_id = client.create_experiment(model.name, artifact_location=artifacts, tags={
            DESCRIPTION: f"{model.entity}: {model.declared_risk.meaning}"})
    else:
        experiment_id = experiment.experiment_id
    return mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=dict(tags))


def resume_run(settings: Settings, run_id: str):
    """Resume an MLflow run, to log more to it."""
    import mlflow

    connect(settings)
    return mlflow.start_run(run_id=run_id)


def register(settings: Settings, model: Model, booster, calibration: Calibration, example,
             feature_set: str, tags: Mapping[str, str], topics: Mapping[str, Topics]) -> str:
    """Log the booster to the active MLflow run as `.ubj`, register it, and make it the challenger.

    Args:
        example: a few input rows of the booster (Arrow), for the names of columns and the signature.
        topics: topics by the name of their text; they are stored beside the booster as JSON and arrays.

    Returns:
        The new version's number.
    """
    import mlflow
    import xgboost
    from mlflow.models import infer_signature

    shown = example.to_pandas()
    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for name, fitted in topics.items() for path in fitted.save(Path(folder), f"topics_{name}")]
        logged = mlflow.xgboost.log_model(
            booster, name="model", model_format="ubj", signature=infer_signature(shown, booster.inplace_predict(shown)),
            # Explicit requirements: MLflow's own inference starts a second interpreter and takes seconds.
            pip_requirements=[f"xgboost-cpu=={xgboost.__version__}"], extra_files=files,
            metadata={"calibration": calibration.to_json(), "columns": example.column_names,
                      "feature_set": feature_set, "topics": list(topics),
                      SHA256: hashlib.sha256(booster.save_raw("ubj")).hexdigest()})
    # Registration is a call of its own: only this call writes the tags in the same transaction.
    version = str(mlflow.register_model(logged.model_uri, model.registered_name, tags=dict(tags)).version)
    connect(settings).set_registered_model_alias(model.registered_name, CHALLENGER, version)
    return version


def load(settings: Settings, model: Model, alias_or_version: str) -> ModelVersion | None:
    """Load a registered version by alias (`champion`, `challenger`) or number; None if there is none.

    Raises:
        DamagedStore: the version is registered, and its files are missing or broken.
    """
    import mlflow

    client = connect(settings)
    ask = client.get_model_version if alias_or_version.isdigit() else client.get_model_version_by_alias
    entry = _none_if_absent(ask, model.registered_name, alias_or_version)
    if entry is None:
        return None
    with _reading(model, entry, _folder(client, model, entry)):
        folder = Path(mlflow.artifacts.download_artifacts(f"models:/{model.registered_name}/{entry.version}"))
    with _reading(model, entry, folder / "MLmodel"):
        # MLflow cuts a path at a `#`.
        logged = mlflow.models.Model.load(str(plain_path(folder)))
        metadata, file = logged.metadata, folder / logged.flavors["xgboost"]["data"]
        calibration, columns = Calibration.from_json(metadata["calibration"]), tuple(metadata["columns"])
    with _reading(model, entry, file):
        booster = _booster(file, metadata.get(SHA256))
    with _reading(model, entry, folder / "extra_files"):
        topics = {name: Topics.load(folder / "extra_files", f"topics_{name}") for name in metadata.get("topics", ())}
    return ModelVersion(model, str(entry.version), entry.run_id, booster, calibration, columns, metadata["feature_set"],
                        dict(entry.tags), topics)


def _booster(file: Path, sha256: str | None):
    """Load the booster of a file as mlflow.xgboost.load_model does, which reads the metadata twice more."""
    import xgboost

    if sha256 not in (None, hashlib.sha256(file.read_bytes()).hexdigest()):
        raise OSError("its bytes differ from the registered ones")
    return xgboost.Booster(model_file=file)


@contextmanager
def _reading(model: Model, entry, file: Path) -> Iterator[None]:
    """Turn any error of reading a registered version's file into `DamagedStore`.

    Every parser raises its own errors for a broken file. An error that may pass by itself is no damage and is raised
    unchanged.

    Raises:
        DamagedStore: the file is missing or broken.
    """
    try:
        yield
    except Exception as failure:
        if can_pass(failure):
            raise
        problem = "cannot be read" if file.exists() else "is missing"
        aliases = f", {' and '.join(sorted(entry.aliases))}" if entry.aliases else ""
        raise Fault(f"{model.name}, version {entry.version}{aliases}", str(file),
                    f"{problem} ({type(failure).__name__})",
                    "Restore it from a backup, or train again: make train"
                    + (f" DS={entry.tags['vigil.ds']}" if "vigil.ds" in entry.tags else "")).error() from failure


def _folder(client, model: Model, entry) -> Path:
    """Return the folder that the registry records for a registered version's files."""
    source = client.get_model_version_download_uri(model.registered_name, entry.version)
    if source.startswith("models:/"):
        logged = _none_if_absent(client.get_logged_model, source.removeprefix("models:/"))
        source = logged.artifact_location if logged else source
    return Path(unquote(urlsplit(source).path))


def promote(settings: Settings, model_version: ModelVersion) -> None:
    """Move the alias `champion` to a version."""
    connect(settings).set_registered_model_alias(model_version.model.registered_name, CHAMPION, model_version.version)


def demote(settings: Settings, model: Model) -> None:
    """Remove the alias `champion` from the version that has it."""
    connect(settings).delete_registered_model_alias(model.registered_name, CHAMPION)


def tag(settings: Settings, model_version: ModelVersion, tags: Mapping[str, str]) -> None:
    """Set tags on a version and on its training run, so that both pages of MLflow's UI show them."""
    client = connect(settings)
    for key, value in tags.items():
        client.set_model_version_tag(model_version.model.registered_name, model_version.version, key, value)
        client.set_tag(model_version.run_id, key, value)
