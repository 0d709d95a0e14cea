"""Models that are a folder of files, in MLflow's registry: one run and one version each, with the same aliases.

A version has the sizes and digests of its files beside them, so that a file that was cut off or changed is found before
any parser reads it.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import DamagedStore, UserError
from jobs.failures.retry import can_pass
from jobs.runtime.plain_paths import plain_path
from jobs.settings import Settings
from jobs.storage.faults import Fault
from jobs.training import experiments, registry
from jobs.training.registered_files import RegisteredFiles, day_of, version_of

FOLDER = "model"  # of a run's artifacts
DIGESTS = "digests.json"  # size and SHA-256 of every other file, by its path


@dataclass(frozen=True)
class FolderModel:
    """A declared model.

    Attributes:
        name: of its MLflow experiment, such as `case/responsibility`. description: Markdown, what it says of what.
        train: the command that trains it.
    """

    name: str
    description: str
    train: str

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
        _log_digests(folder)
    with suppress(MlflowException):  # it is there already
        client.create_registered_model(model.registered_name, description=model.description)
    version = client.create_model_version(model.registered_name, f"{run.info.artifact_uri}/{FOLDER}", run.info.run_id,
                                          tags=dict(tags), await_creation_for=0)
    client.set_registered_model_alias(model.registered_name, registry.CHALLENGER, str(version.version))
    return str(version.version)


def _log_digests(folder: Path) -> None:
    import mlflow

    found = {str(file.relative_to(folder)): _digest(file) for file in sorted(folder.rglob("*")) if file.is_file()}
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / DIGESTS).write_text(json.dumps(found, indent=1), encoding="utf-8")
        mlflow.log_artifacts(scratch, FOLDER)


def _digest(file: Path) -> list:
    """Return a file's size and SHA-256, as JSON has them."""
    return [file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()]


def promote(settings: Settings, model: FolderModel, version: str) -> None:
    """Move the alias `champion` to a version."""
    registry.connect(settings).set_registered_model_alias(model.registered_name, registry.CHAMPION, version)


def champion(settings: Settings, model: FolderModel) -> tuple[str, RegisteredFiles] | None:
    """Return the champion's version and its files; None without a champion.

    A database that does not exist is not created.

    Raises:
        DamagedStore: a file is missing, or is not the one that was registered.
    """
    file = registry.database_file(settings)
    if file is not None and not (file.exists() and file.stat().st_size):
        return None
    client = registry.connect(settings)
    entry = registry.none_if_absent(client.get_model_version_by_alias, model.registered_name, registry.CHAMPION)
    return None if entry is None else (str(entry.version), version_files(settings, model, str(entry.version)))


def version_files(settings: Settings, model: FolderModel, version: str) -> RegisteredFiles:
    """Return the files of a version: those that were registered, in every byte.

    Raises:
        UserError: the registry does not have the version.
        DamagedStore: a file is missing, or is not the one that was registered.
    """
    entry = registry.none_if_absent(registry.connect(settings).get_model_version, model.registered_name, version)
    if entry is None:
        raise UserError(f"{model.name}: version {version} is not in {registry.location(settings)}. Restore it and "
                        f"{settings.home / 'mlartifacts'} from a backup, or train again: {model.train} --ds DAY")
    files = RegisteredFiles(version_of(model.name, entry), _folder(settings, model, entry),
                            model.train + (day_of(entry.tags, "--ds ") or " --ds DAY"))
    for fault in _faults(files):
        raise fault.error()
    return files


def _folder(settings: Settings, model: FolderModel, entry) -> Path:
    """Return the folder of a version's files.

    Raises:
        DamagedStore: the folder is gone.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        found = mlflow.artifacts.download_artifacts(f"models:/{model.registered_name}/{entry.version}")
    except (MlflowException, OSError) as failure:
        if can_pass(failure):
            raise
        folder = registry.artifact_folder(registry.connect(settings), model.registered_name, entry)
        raise DamagedStore(f"{version_of(model.name, entry)}: its files are not in {folder} "
                           f"({type(failure).__name__}). Restore them from a backup, or train again: {model.train}"
                           f"{day_of(entry.tags, '--ds ') or ' --ds DAY'}") from failure
    # MLflow cuts a path at a `#`.
    return plain_path(Path(found))


def _faults(files: RegisteredFiles) -> Iterator[Fault]:
    """Yield the fault of each file that is missing or has other bytes than were registered."""
    with files.reading(DIGESTS) as file:
        registered = {str(name): (int(size), str(digest))
                      for name, (size, digest) in json.loads(file.read_text(encoding="utf-8")).items()}
    for name, (size, digest) in registered.items():
        with files.reading(name) as file:
            found_size, found = _digest(file)
        if found_size != size:
            yield files.fault(name, f"has {found_size:,} bytes, expected the {size:,} that were registered")
        elif found != digest:
            yield files.fault(name, f"has the SHA-256 {found[:12]}, expected {digest[:12]} of the registered file")
