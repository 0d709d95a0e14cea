"""Validation of a feature set: a set with an invalid definition raises ValueError when it is built."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from features.language.feature import (
    CONFIRMED,
    LIFETIME,
    LOOKBACK_DAYS,
    UNITS,
    Attribute,
    Audience,
    Change,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    RelativeToHistory,
    SharedIdentifier,
    adds_up,
    delayed,
    key_of,
    parts_of,
    windows_of,
)

if TYPE_CHECKING:
    from features.language.feature_set import FeatureSet


def validate_feature_set(features: "FeatureSet") -> None:
    """Check every definition of a feature set.

    Raises:
        ValueError: the first error, with the entity and the definition.
    """
    error = next(_errors(features), None)
    if error:
        raise ValueError(f"{features.entity}: {error}")


def _errors(features: "FeatureSet") -> Iterator[str]:
    # The order matters: later checks look up the names that earlier checks found to be unique and present.
    yield from _duplicate_errors(features)
    for d in features.of_type(Feature, Ratio, Attribute):
        if d.unit not in UNITS:
            yield f"{d.name} has the unit {d.unit!r}, expected one of {', '.join(filter(None, UNITS))} or none"
    for d in features.of_type(Feature):
        yield from _aggregation_errors(d)
        yield from _event_errors(d)
    for d in features.of_type(Ratio, RelativeToHistory, Change, Peer):
        yield from _part_errors(d, features)
    for d in features.of_type(SharedIdentifier, Audience):
        yield from _identifier_errors(d, features)
    for d in features.of_type(Neighbours):
        if not (d.of == CONFIRMED or d.of.startswith(f"{CONFIRMED}_") or d.of in features.base_columns):
            yield f"{d.name} is of {d.of}, which is neither a column of the entity itself nor a confirmed risk"


def _duplicate_errors(features: "FeatureSet") -> Iterator[str]:
    """Yield an error for names and columns that are defined twice.

    A definition may share its name with its only column.
    """
    names = [key_of(d) for d in features.definitions]
    duplicates = {text for texts in (names, features.columns) for text, count in Counter(texts).items() if count > 1}
    if duplicates:
        yield f"defined twice: {', '.join(sorted(duplicates))}"


def _aggregation_errors(d: Feature) -> Iterator[str]:
    if (d.aggregation in ("sum", "min", "max", "distinct")) != bool(d.expression):
        yield (f"{d.name} has agg {d.agg!r}; sum, min, max and distinct take an expression, count, first and last "
               "take none")
    if d.aggregation == "distinct" and LIFETIME in d.windows:
        yield f"{d.name} counts distinct values over a lifetime; values are stored for {LOOKBACK_DAYS} days only"


def _event_errors(d: Feature) -> Iterator[str]:
    if d.at not in ("day", "event"):
        yield f"{d.name} is at {d.at!r}, which is neither 'day' nor 'event'"
    if d.at == "day" and (d.by or d.delay or d.risk):
        yield f"{d.name} has by, delay or risk, which are for features at an event"
    if d.at == "event" and (not d.by or LIFETIME in d.windows):
        yield f"{d.name} is at an event: it needs `by` and windows of days"


def _part_errors(d: Ratio | RelativeToHistory | Change | Peer, features: "FeatureSet") -> Iterator[str]:
    allowed = (Feature,) if isinstance(d, Ratio) else (Feature, Ratio)
    for name in parts_of(d):
        part = delayed(name, getattr(d, "delay", 0))
        definition = features.by_key.get(part)
        if not isinstance(definition, allowed):
            yield f"{d.name} uses {part}, which is not defined as a {' or '.join(kind.__name__ for kind in allowed)}"
        if not set(windows_of(d)) <= set(windows_of(definition)):
            yield f"{d.name} uses {part} over windows it does not have"
        if isinstance(d, Change) and d.long == LIFETIME and adds_up(definition):
            yield f"{d.name} compares {part} with a lifetime, which has no daily mean"
    if isinstance(d, RelativeToHistory) and not isinstance(features.by_key.get(d.of), Attribute):
        yield f"{d.name} is of {d.of}, which is not defined as an Attribute"


def _identifier_errors(d: SharedIdentifier | Audience, features: "FeatureSet") -> Iterator[str]:
    for part in d.of if isinstance(d, SharedIdentifier) else (d.of,):
        if not _is_distinct_count(features.by_key.get(part)):
            yield f"{d.name} uses {part}, which is not defined as a distinct count"
    unknown = set(getattr(d, "profile_columns", ())) - set(features.profile.names)
    if unknown:
        yield f"{d.name} uses {', '.join(sorted(unknown))}, which {features.profile.name} does not have"


def _is_distinct_count(d: Definition | None) -> bool:
    return isinstance(d, Feature) and d.aggregation == "distinct"
