"""The feature language: a definition is data, and no Spark is imported here.

An author of features needs one import: `from features.language import Feature, Ratio`.
"""

from features.language.feature import (
    LIFETIME,
    WINDOWS,
    Attribute,
    Audience,
    Change,
    Component,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    RelativeToHistory,
    SharedIdentifier,
    Text,
)
from features.language.feature_set import FeatureSet, from_subjects

__all__ = ["LIFETIME", "WINDOWS", "Attribute", "Audience", "Change", "Component", "Definition", "Feature", "FeatureSet",
           "Neighbours", "Peer", "Ratio", "RelativeToHistory", "SharedIdentifier", "Text", "from_subjects"]
