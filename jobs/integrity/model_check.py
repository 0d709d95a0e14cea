"""Check that every champion can be loaded, and that the registry has the models behind the scores."""

from collections.abc import Iterator

from jobs.errors import UserError
from jobs.integrity import database_check
from jobs.settings import Settings
from jobs.storage.lake import Lake
from jobs.training import champions, registry
from jobs.training.models import MODELS


def faults(config: Settings, lake: Lake) -> Iterator[str]:
    """Yield every champion whose files are missing or broken, and a registry that has lost its models."""
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
