"""Check that every champion can be loaded, and that the registry has the models behind the scores."""

from collections.abc import Iterator, Sequence

from jobs.errors import UserError
from jobs.integrity import database_check
from jobs.settings import Settings
from jobs.storage.lake import Lake
from jobs.training import champions, folder_models, registry
from jobs.training.folder_models import FolderModel
from jobs.training.models import MODELS


def faults(config: Settings, lake: Lake, of_folders: Sequence[FolderModel] = ()) -> Iterator[str]:
    """Yield every champion whose files are missing or broken, and a registry that has lost its models.

    Args:
        of_folders: declared models that are a folder of files; they are compared with their digests.
    """
    if database_check.mlflow_fault(config):
        return  # `database_check` reports the fault, and MLflow would fill an empty file
    try:
        champions.require_known(config, lake)
        champion_of = registry.champion_versions(config)
    except UserError as lost:
        yield str(lost)
        return
    for model in MODELS:
        try:
            if champion_of.get(model.name) is not None:
                registry.load(config, model, registry.CHAMPION)
        except UserError as damage:
            yield str(damage)
    for model in of_folders:
        try:
            folder_models.champion(config, model)
        except UserError as damage:
            yield str(damage)
