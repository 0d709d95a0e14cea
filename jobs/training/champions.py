"""The champions that the last scores were made by, beside those that the registry has now.

An emptied registry looks like one of a new installation. The lake knows better: each commit of scores notes its models.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.errors import DamagedStore
from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training import registry
from jobs.training.models import MODELS, Model, of_entity
from jobs.training.registry import ModelVersion


@dataclass(frozen=True)
class LastUse:
    """The version of a model that the last commit of scores was made by, and the last day that has scores."""

    version: str
    day: str


def of_last_scores(lake: Lake, entity: str) -> dict[str, LastUse]:
    """What each model of an entity was when it last scored, by the model's name."""
    # Opened aside: what is looked at here is no input of what the run writes.
    scores, table = Lake(lake.root), catalog.scores(entity).name
    if not scores.has(table):
        return {}
    day = str(max(scores.days(table), default="no day"))
    return {f"{entity}/{risk}": LastUse(str(version), day)
            for risk, version in (scores.commit_metadata(table, "models") or {}).items()}


def require_known(config: Settings, lake: Lake) -> None:
    """Tell an emptied registry from a new one.

    Raises:
        DamagedStore: no model is registered, though scores of the lake were made by some.
    """
    if registry.champion_versions(config):
        return
    used = {name: use for entity in dict.fromkeys(model.entity for model in MODELS)
            for name, use in of_last_scores(lake, entity).items()}
    if not used:
        return
    day = max(use.day for use in used.values())
    told = ", ".join(f"{name} version {use.version}" for name, use in sorted(used.items()))
    file = registry.location(config)
    raise DamagedStore(f"MLflow's registry, {file}: no model is registered, but the scores of {day} were made by "
                       f"{told}. Restore {file} and {config.home / 'mlartifacts'} from a backup, or train all models "
                       f"anew: make train DS={day}")


def loaded(config: Settings, model: Model) -> tuple[ModelVersion | None, DamagedStore | None]:
    """The champion of a model, if it has one, or what is wrong with the champion's files."""
    try:
        return registry.load(config, model, registry.CHAMPION), None
    except DamagedStore as damage:
        return None, damage


def warn_of_lost(config: Settings, lake: Lake, entity: str, champions: Mapping[str, str]) -> None:
    """Say which models scored last time and cannot now, or score by an older version because the last one is gone.

    Args:
        champions: the version of each champion that there is now, by the model's name.
    """
    used = of_last_scores(lake, entity)
    for model in of_entity(entity):
        if model.name in used:
            _warn(config, model, used[model.name], champions.get(model.name))


def _warn(config: Settings, model: Model, used: LastUse, now: str | None) -> None:
    if now is None:
        console.log(f"warning, {model.name}: no champion now; the last scores, up to {used.day}, were made by version "
                    f"{used.version}. Give it the alias again, restore {registry.location(config)}, or: make train")
    elif now != used.version and not registry.has_version(config, model, used.version):
        console.log(f"warning, {model.name}: the champion is version {now}; the last scores, up to {used.day}, were "
                    f"made by version {used.version}, which the registry does not have. Was an older copy of "
                    f"{registry.location(config)} put in its place?")
