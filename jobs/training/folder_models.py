"""Models that are a folder of files, in MLflow's registry: one run and one version each, with the same aliases."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import UserError
from jobs.runtime.plain_paths import plain_path
from jobs.settings import Settings
from jobs.training import experiments, registry

FOLDER = "model"  # of a run's artifacts


@dataclass(frozen=True)
class FolderModel:
    """A declared model.

    Attributes:
        name: of its MLflow experiment, such as `case/responsibility`. description: Markdown, what it says of what.
    """

    name: str
    description: str

    @property
    def registered_name(self) -> str:
        return self.name.replace("/", "-")


def register(settings: Settings, model: FolderModel, folder: Path, run_name: str, tags: Mapping[str, str],
             parameters: Mapping[str, object], metrics: Mapping[str, float]) -> str:
    """Log the files of a folder to a new run, register them, and make the version the challenger.

    Returns:
        The new version's number.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    client = registry.connect(settings)
    experiment = experiments.find_or_create(client, settings, model.name, model.description)
    with mlflow.start_run(experiment_id=experiment, run_name=run_name, tags=dict(tags)) as run:
        mlflow.log_params(dict(parameters))
        mlflow.log_metrics(dict(metrics))
        mlflow.log_artifacts(str(folder), FOLDER)
    with suppress(MlflowException):  # it is there already
        client.create_registered_model(model.registered_name, description=model.description)
    version = client.create_model_version(model.registered_name, f"{run.info.artifact_uri}/{FOLDER}", run.info.run_id,
                                          tags=dict(tags), await_creation_for=0)
    client.set_registered_model_alias(model.registered_name, registry.CHALLENGER, str(version.version))
    return str(version.version)


def promote(settings: Settings, model: FolderModel, version: str) -> None:
    """Move the alias `champion` to a version."""
    registry.connect(settings).set_registered_model_alias(model.registered_name, registry.CHAMPION, version)


def champion(settings: Settings, model: FolderModel) -> tuple[str, Path] | None:
    """Return the champion's version and the folder of its files; None without a champion.

    A database that does not exist is not created.
    """
    file = registry.database_file(settings)
    if file is not None and not (file.exists() and file.stat().st_size):
        return None
    client = registry.connect(settings)
    entry = registry.none_if_absent(client.get_model_version_by_alias, model.registered_name, registry.CHAMPION)
    return None if entry is None else (str(entry.version), version_folder(settings, model, str(entry.version)))


def version_folder(settings: Settings, model: FolderModel, version: str) -> Path:
    """Return the folder of a version's files.

    Raises:
        UserError: the registry does not have the version, or its files are gone.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    registry.connect(settings)
    try:
        found = mlflow.artifacts.download_artifacts(f"models:/{model.registered_name}/{version}")
    except (MlflowException, OSError) as failure:
        raise UserError(f"{model.name}, version {version}: its files are not in {registry.location(settings)} or in "
                        f"{settings.home / 'mlartifacts'} ({type(failure).__name__}). Restore both from a backup, or "
                        "train again: make train") from failure
    # MLflow cuts a path at a `#`.
    return plain_path(Path(found))
