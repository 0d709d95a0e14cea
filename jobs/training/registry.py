"""MLflow's model registry: model versions and their aliases. `connect` is the only client of the tracking server."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jobs.failures.disk_errors import make_home
from jobs.runtime.plain_paths import plain_path
from jobs.settings import Settings
from jobs.training import experiments, model_files, moved_artifacts
from jobs.training.calibration import Calibration
from jobs.training.model_version import ModelVersion
from jobs.training.models import MODELS, Model
from jobs.training.registered_files import RegisteredFiles, day_of, version_of
from jobs.training.topics import Topics

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

CHAMPION, CHALLENGER = "champion", "challenger"
# What MLflow shows as a run's source: it would show the program that runs the step, Airflow.
SOURCE = {"mlflow.source.name": "jobs/train.py", "mlflow.source.type": "LOCAL"}


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
    registered = {model.name: none_if_absent(client.get_registered_model, model.registered_name) for model in MODELS}
    return {name: _version(entry.aliases.get(CHAMPION)) for name, entry in registered.items() if entry is not None}


def tags_of(settings: Settings, model: Model, alias: str) -> Mapping[str, str]:
    """Return the tags of the version with an alias; empty if no version has the alias."""
    entry = _entry(connect(settings), model, alias)
    return {} if entry is None else entry.tags


def has_version(settings: Settings, model: Model, version: str) -> bool:
    """Return whether the registry has a version of a model."""
    return resolve(settings, model, version) is not None


def resolve(settings: Settings, model: Model, alias_or_version: str) -> str | None:
    """Return the number of a version by alias or number; None if there is none."""
    entry = _entry(connect(settings), model, alias_or_version)
    return None if entry is None else str(entry.version)


def champion_and_latest(settings: Settings, model: Model) -> tuple[str, str] | None:
    """Return the champion and the latest other version, the earlier first; None unless there are both."""
    champion = resolve(settings, model, CHAMPION)
    versions = {int(entry.version) for entry in
                connect(settings).search_model_versions(f"name = '{model.registered_name}'")}
    others = versions - {int(champion or 0)}
    if champion is None or not others:
        return None
    earlier, later = sorted((int(champion), max(others)))
    return str(earlier), str(later)


def run_of_version(settings: Settings, model: Model, version: str) -> str:
    """Return the id of the run that trained a version."""
    return connect(settings).get_model_version(model.registered_name, version).run_id


def version_of_run(settings: Settings, model: Model, run_id: str) -> str | None:
    """Return the version that a run registered; None for a run without one."""
    found = connect(settings).search_model_versions(f"name = '{model.registered_name}' and run_id = '{run_id}'")
    return str(found[0].version) if found else None


def _entry(client, model: Model, alias_or_version: str):
    ask = client.get_model_version if alias_or_version.isdigit() else client.get_model_version_by_alias
    return none_if_absent(ask, model.registered_name, alias_or_version)


def _version(number: object) -> str | None:
    return None if number is None else str(number)


def none_if_absent(ask: Callable[..., Any], *arguments: Any) -> Any | None:
    """Return MLflow's answer; None if MLflow does not have the requested entry."""
    from mlflow.exceptions import MlflowException

    try:
        return ask(*arguments)
    except MlflowException as failure:
        if failure.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def start_run(settings: Settings, model: Model, name: str, tags: Mapping[str, str], counts: tuple[int, int]):
    """Start a new MLflow run in the model's experiment, as a context manager.

    Args:
        counts: training rows, and the positive ones among them.
    """
    import mlflow

    client = connect(settings)
    experiment = experiments.find_or_create(client, settings, model.name, experiments.describe(model, *counts))
    return mlflow.start_run(experiment_id=experiment, run_name=name, tags={**tags, **SOURCE})


def resume_run(settings: Settings, run_id: str):
    """Resume an MLflow run, to log more to it."""
    import mlflow

    connect(settings)
    return mlflow.start_run(run_id=run_id)


def register(settings: Settings, model: Model, booster, calibration: Calibration, columns: Sequence[str],
             feature_set: str, tags: Mapping[str, str], topics: Mapping[str, Topics]) -> str:
    """Log a model's files to the active MLflow run, register them, and make the version the challenger.

    Args:
        columns: input columns of the booster, in its order.
        topics: topics by the name of their text.

    Returns:
        The new version's number.
    """
    import mlflow

    logged = mlflow.models.Model.log(
        artifact_path=None, name="model", flavor=model_files, flavor_name="xgboost", booster=booster, topics=topics,
        metadata=model_files.metadata(model, booster, calibration, list(columns), feature_set, topics),
        signature=model_files.signature(model, tuple(columns)))
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
    entry = _entry(client, model, alias_or_version)
    if entry is None:
        return None
    with _reading(model, entry, artifact_folder(client, model.registered_name, entry)):
        folder = Path(mlflow.artifacts.download_artifacts(f"models:/{model.registered_name}/{entry.version}"))
    with _reading(model, entry, folder / model_files.METADATA_FILE):
        # MLflow cuts a path at a `#`.
        metadata = model_files.load_metadata(plain_path(folder))
        calibration, columns = Calibration.from_json(metadata["calibration"]), tuple(metadata["columns"])
    with _reading(model, entry, folder / metadata["booster"]):
        booster = model_files.load_booster(folder, metadata)
    with _reading(model, entry, folder / "extra_files"):
        topics = model_files.load_topics(folder, metadata)
    return ModelVersion(model, str(entry.version), entry.run_id, booster, calibration, columns, metadata["feature_set"],
                        dict(entry.tags), topics)


def _reading(model: Model, entry, file: Path) -> AbstractContextManager[Path]:
    """Turn any error of reading a registered version's file into `DamagedStore`."""
    files = RegisteredFiles(version_of(model.name, entry), file.parent, f"make train{day_of(entry.tags, 'DS=')}")
    return files.reading(file.name)


def artifact_folder(client, registered_name: str, entry) -> Path:
    """Return the folder that the registry records for a registered version's files, whether or not it exists."""
    source = client.get_model_version_download_uri(registered_name, entry.version)
    if source.startswith("models:/"):
        logged = none_if_absent(client.get_logged_model, source.removeprefix("models:/"))
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


def describe(settings: Settings, model_version: ModelVersion, text: str) -> None:
    """Set the description of a version, Markdown."""
    connect(settings).update_model_version(model_version.model.registered_name, model_version.version, text)


def describe_model(settings: Settings, model: Model, text: str) -> None:
    """Set the description of a registered model, Markdown."""
    connect(settings).update_registered_model(model.registered_name, description=text)
