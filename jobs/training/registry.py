"""MLflow: the only place that talks to the tracking server and the model registry."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
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
SHA256 = "sha256"  # in a model's description: of the file that the booster is in
DESCRIPTION = "mlflow.note.content"  # the tag that MLflow shows as what an experiment is about


@dataclass(frozen=True)
class ModelVersion:
    """A registered version of a model, loaded: everything that is needed to score with it.

    `columns` are what the booster sees, in its order: features, then topics. `topics` are by the name
    of their text (jobs/training/training_set.py applies them).
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


def database_file(settings: Settings) -> Path | None:
    """MLflow's database where it is an SQLite file, whether it is there or not; else None."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(settings.tracking_uri)
    except ArgumentError:
        return None
    return Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None


def location(settings: Settings) -> str:
    """Where the registry is, for people: its file, or the host of its server."""
    return str(database_file(settings) or urlsplit(settings.tracking_uri).hostname or "its server")


def champion_versions(settings: Settings) -> dict[str, str | None]:
    """The champion's version of each of our models that is registered, by the model's name; None where it has none.

    A database that is not there, or is an empty file, is not made.
    """
    file = database_file(settings)
    if file is not None and not (file.exists() and file.stat().st_size):
        return {}
    client = connect(settings)
    # Asked for by name: a registry may hold many models of others, which a search returns in pages.
    found = {model.name: _none_if_absent(client.get_registered_model, model.registered_name) for model in MODELS}
    return {name: _version(each.aliases.get(CHAMPION)) for name, each in found.items() if each is not None}


def tags_of(settings: Settings, model: Model, alias: str) -> Mapping[str, str]:
    """The tags of the version that has an alias; none where no version has it."""
    found = _none_if_absent(connect(settings).get_model_version_by_alias, model.registered_name, alias)
    return {} if found is None else found.tags


def has_version(settings: Settings, model: Model, version: str) -> bool:
    """Whether the registry has a version of a model."""
    return _none_if_absent(connect(settings).get_model_version, model.registered_name, version) is not None


def _version(number: object) -> str | None:
    return None if number is None else str(number)


def _none_if_absent(ask: Callable[..., Any], *arguments: str) -> Any | None:
    """What the registry answers; None where it does not have what is asked for."""
    from mlflow.exceptions import MlflowException

    try:
        return ask(*arguments)
    except MlflowException as failure:
        if failure.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


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
                      "feature_set": feature_set, "topics": list(topics),
                      SHA256: hashlib.sha256(booster.save_raw("ubj")).hexdigest()})
    # Apart from logging, because only here do the tags come in the same transaction.
    version = str(mlflow.register_model(logged.model_uri, model.registered_name, tags=dict(tags)).version)
    connect(settings).set_registered_model_alias(model.registered_name, CHALLENGER, version)
    return version


def load(settings: Settings, model: Model, alias_or_version: str) -> ModelVersion | None:
    """A registered version by alias (`champion`, `challenger`) or number; None where there is none.

    Raises:
        DamagedStore: it is registered, and its files are missing or broken.
    """
    import mlflow

    client = connect(settings)
    ask = client.get_model_version if alias_or_version.isdigit() else client.get_model_version_by_alias
    found = _none_if_absent(ask, model.registered_name, alias_or_version)
    if found is None:
        return None
    with _reading(model, found, _folder(client, model, found)):
        place = Path(mlflow.artifacts.download_artifacts(f"models:/{model.registered_name}/{found.version}"))
    with _reading(model, found, place / "MLmodel"):
        # MLflow takes what follows a `#` for no part of a path.
        logged = mlflow.models.Model.load(str(plain_path(place)))
        told, file = logged.metadata, place / logged.flavors["xgboost"]["data"]
        calibration, columns = Calibration.from_json(told["calibration"]), tuple(told["columns"])
    with _reading(model, found, file):
        booster = _booster(file, told.get(SHA256))
    with _reading(model, found, place / "extra_files"):
        topics = {name: Topics.load(place / "extra_files", f"topics_{name}") for name in told.get("topics", ())}
    return ModelVersion(model, str(found.version), found.run_id, booster, calibration, columns, told["feature_set"],
                        dict(found.tags), topics)


def _booster(file: Path, sha256: str | None):
    """The booster in a file, as mlflow.xgboost.load_model reads it, which reads the description twice more."""
    import xgboost

    if sha256 not in (None, hashlib.sha256(file.read_bytes()).hexdigest()):
        raise OSError("its bytes are not those that were registered")
    return xgboost.Booster(model_file=file)


@contextmanager
def _reading(model: Model, found, file: Path) -> Iterator[None]:
    """Say of a file of a registered version that it cannot be read.

    Raises:
        DamagedStore: a file can be broken in as many ways as there are parsers for it. What can pass by itself is no damage.
    """
    try:
        yield
    except Exception as failure:
        if can_pass(failure):
            raise
        what = "cannot be read" if file.exists() else "is missing"
        aliases = f", {' and '.join(sorted(found.aliases))}" if found.aliases else ""
        raise Fault(f"{model.name}, version {found.version}{aliases}", str(file), f"{what} ({type(failure).__name__})",
                    "Restore it from a backup, or train anew: make train"
                    + (f" DS={found.tags['vigil.ds']}" if "vigil.ds" in found.tags else "")).error() from failure


def _folder(client, model: Model, found) -> Path:
    """Where the files of a registered version are, as far as the registry knows."""
    source = client.get_model_version_download_uri(model.registered_name, found.version)
    if source.startswith("models:/"):
        logged = _none_if_absent(client.get_logged_model, source.removeprefix("models:/"))
        source = logged.artifact_location if logged else source
    return Path(unquote(urlsplit(source).path))


def promote(settings: Settings, candidate: ModelVersion) -> None:
    """Move the alias `champion` to a version."""
    connect(settings).set_registered_model_alias(candidate.model.registered_name, CHAMPION, candidate.version)


def demote(settings: Settings, model: Model) -> None:
    """Take the alias `champion` from whichever version has it."""
    connect(settings).delete_registered_model_alias(model.registered_name, CHAMPION)


def tag(settings: Settings, candidate: ModelVersion, tags: Mapping[str, str]) -> None:
    """Set tags on a version and on the run it came from, so that both pages of the UI tell them."""
    client = connect(settings)
    for key, value in tags.items():
        client.set_model_version_tag(candidate.model.registered_name, candidate.version, key, value)
        client.set_tag(candidate.run_id, key, value)
