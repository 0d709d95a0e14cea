"""Groups of features: an entity's own profile, its links to other accounts, and texts."""

import re

from features.language.feature import (
    Audience,
    Change,
    Component,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    SharedIdentifier,
)
from features.language.feature_set import FeatureSet

PROFILES, LINKS, TEXT = "profiles", "links", "text"
ALL = (PROFILES, LINKS, TEXT)


def feature_group(features: FeatureSet, column: str) -> str:
    """Return the group of a column. A column without a definition is a topic of a text."""
    if column not in features.columns:
        return TEXT
    return _group_of(features, features.definition_of(column))


def _group_of(features: FeatureSet, definition: Definition) -> str:
    if isinstance(definition, SharedIdentifier | Component | Neighbours | Audience):
        return LINKS
    if isinstance(definition, Feature):
        expressions = f"{definition.expression} {definition.where or ''}"
        return TEXT if re.search(r"\btext\b", expressions) else PROFILES
    names = (definition.of, definition.to) if isinstance(definition, Ratio) else \
        (definition.of,) if isinstance(definition, Change | Peer) else ()
    groups = [_group_of(features, d) for d in features.definitions if d.name in names]
    return TEXT if TEXT in groups else PROFILES
