"""Champions: the model versions of the last scores, compared with the registry's versions now.

An emptied registry looks like the registry of a new installation. The commit metadata of scores tells them apart:
each commit of scores records its model versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.errors import DamagedStore
from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.training import registry
from jobs.training.model_version import ModelVersion
from jobs.training.models import MODELS, Model, of_entity


@dataclass(frozen=True)
class LastUse:
    """The version of a model in the last commit of scores, and the last day with scores."""

    version: str
    day: str


def of_last_scores(lake: Lake, entity: str) -> dict[str, LastUse]:
    """Return the last use of each model of an entity, by the model's name."""
    # A separate `Lake`: the tables read here are no inputs of the run.
    scores, table = Lake(lake.root), catalog.scores(entity).name
    if not scores.has(table):
        return {}
    day = str(max(scores.days(table), default="no day"))
    return {f"{entity}/{risk}": LastUse(str(version), day)
            for risk, version in (scores.commit_metadata(table, "models") or {}).items()}


def require_known(config: Settings, lake: Lake) -> None:
    """Require that the registry was not emptied.

    Raises:
        DamagedStore: no model is registered, but models made scores of the lake.
    """
    if registry.champion_versions(config):
        return
    used = {name: use for entity in dict.fromkeys(model.entity for model in MODELS)
            for name, use in of_last_scores(lake, entity).items()}
    if not used:
        return
    day = max(use.day for use in used.values())
    used_versions = ", ".join(f"{name} version {use.version}" for name, use in sorted(used.items()))
    file = registry.location(config)
    raise DamagedStore(f"MLflow's registry, {file}: no model is registered, but the scores of {day} were made by "
                       f"{used_versions}. Restore {file} and {config.home / 'mlartifacts'} from a backup, or train all "
                       f"models again: make train DS={day}")


def loaded(config: Settings, model: Model) -> tuple[ModelVersion | None, DamagedStore | None]:
    """Load the champion of a model, or None without one, and the error if its files are damaged."""
    try:
        return registry.load(config, model, registry.CHAMPION), None
    except DamagedStore as damage:
        return None, damage


def warn_of_lost(config: Settings, lake: Lake, entity: str, champions: Mapping[str, str]) -> None:
    """Log a warning for each model of the last scores that lost its champion, or scores by an older version.

    Args:
        champions: the version of each current champion, by the model's name.
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
