"""What changed between two training runs of a model: data, features and parameters."""

from collections.abc import Mapping, Sequence

from jobs.training.run_records import RunRecord

DATA_PARAMS = ("train_from", "train_to", "validation_from", "validation_to", "test_from", "test_to")
# Results of a training, and parameters that follow from others.
NOT_COMPARED = ("calibration_slope", "calibration_intercept", "rule_feature", "rule_direction", "seed", "features")
SHOWN_COLUMNS = 8


def changes(run: RunRecord, before: RunRecord) -> dict[str, list[str]]:
    """Return the changes since another run, by kind: data, features, parameters and code; empty lists included."""
    added, removed = (sorted(set(one.columns) - set(two.columns)) for one, two in ((run, before), (before, run)))
    features = [*_listed("added", added), *_listed("removed", removed)]
    if run.tags.get("vigil.feature_set") != before.tags.get("vigil.feature_set"):
        features.append("definitions: " + _arrow(before.tags, run.tags, "vigil.feature_set"))
    parameters = sorted((set(run.params) | set(before.params)) - set(DATA_PARAMS) - set(NOT_COMPARED))
    return {"data": _differing(run.params, before.params, DATA_PARAMS), "features": features,
            "parameters": _differing(run.params, before.params, parameters),
            "code": _differing(run.tags, before.tags, ("vigil.code",))}


def _differing(now: Mapping[str, str], before: Mapping[str, str], names: Sequence[str]) -> list[str]:
    return [f"{name.removeprefix('vigil.')}: {_arrow(before, now, name)}" for name in names
            if now.get(name) != before.get(name)]


def _arrow(before: Mapping[str, str], now: Mapping[str, str], name: str) -> str:
    return f"{before.get(name, 'none')} -> {now.get(name, 'none')}"


def _listed(word: str, columns: Sequence[str]) -> list[str]:
    if not columns:
        return []
    more = f" and {len(columns) - SHOWN_COLUMNS} more" if len(columns) > SHOWN_COLUMNS else ""
    return [f"{word}: {', '.join(columns[:SHOWN_COLUMNS])}{more}"]
