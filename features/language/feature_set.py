"""The feature set of one entity: the definitions of all its subjects."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from features.frames.months import MAX_DAYS_IN_MONTH
from features.inputs.contract import Source, Table
from features.language import validation
from features.language.descriptions import describe
from features.language.feature import (
    LIFETIME,
    LINK_DEFINITIONS,
    LOOKBACK_DAYS,
    Audience,
    Definition,
    Feature,
    SharedIdentifier,
    Text,
    delayed,
    key_of,
)
from features.language.fingerprint import FORMAT_VERSION, canonical_form


@dataclass(frozen=True)
class FeatureSet:
    """The features of one entity.

    Attributes:
        entity: its name, such as "seller".
        profile: the table of the entity's own rows.
        definitions: of all subjects.
        slice_columns: columns of the profile that are stored beside the features, to break results down by.
        texts: the texts that models read.
        passthrough_columns: further columns of the profile that readers of the scores need. No model reads them.
        cluster_column: the passthrough column that defines the bootstrap clusters: rows with the same value are not
            independent of each other. Empty where rows of one entity are the clusters.
    """

    entity: str
    profile: Table
    definitions: tuple[Definition, ...]
    slice_columns: tuple[str, ...]
    texts: tuple[Text, ...] = ()
    passthrough_columns: tuple[str, ...] = ()
    cluster_column: str = ""

    def __post_init__(self) -> None:
        validation.validate_feature_set(self)

    @property
    def id(self) -> str:
        """The name of the entity's identifier column."""
        return f"{self.entity}_id"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every feature column, in declared order."""
        return tuple(column for d in self.definitions for column in d.columns)

    @property
    def tile_features(self) -> tuple[Feature, ...]:
        """The features that are summed from tiles: all but the distinct counts."""
        return tuple(d for d in self.of_type(Feature) if d.aggregation != "distinct")

    @property
    def distinct_features(self) -> tuple[Feature, ...]:
        """The distinct counts, which are counted from values."""
        return tuple(d for d in self.of_type(Feature) if d.aggregation == "distinct")

    @cached_property
    def distinct_feature_ids(self) -> dict[str, int]:
        """The feature id of each distinct count in `<entity>_values`, whatever the order of the definitions."""
        return {name: index for index, name in enumerate(sorted(d.name for d in self.distinct_features))}

    @property
    def tile_features_beyond_a_month(self) -> tuple[Feature, ...]:
        """The features from tiles that look back over a month."""
        return tuple(d for d in self.tile_features if max(d.windows) > MAX_DAYS_IN_MONTH)

    @property
    def distinct_features_beyond_a_month(self) -> tuple[Feature, ...]:
        """The distinct counts whose values are read for longer than a month."""
        return tuple(d for d in self.distinct_features if self.lookback_of(d) > MAX_DAYS_IN_MONTH)

    def lookback_of(self, distinct: Feature) -> int:
        """Return for how many days the values of a distinct count are read.

        Its windows read them, and so do shared identifiers and audiences.
        """
        is_shared = any(distinct.name in d.of for d in self.of_type(SharedIdentifier))
        audience_windows = [d.window for d in self.of_type(Audience) if d.of == distinct.name]
        return max(*distinct.windows, *audience_windows, LOOKBACK_DAYS if is_shared else 0, 0)

    @property
    def lifetime_features(self) -> tuple[Feature, ...]:
        """The features with a lifetime window."""
        return tuple(d for d in self.of_type(Feature) if LIFETIME in d.windows)

    @property
    def base_columns(self) -> tuple[str, ...]:
        """The columns that are no link columns, in declared order. Of other entities they read peers alone."""
        return tuple(column for d in self.definitions if not isinstance(d, LINK_DEFINITIONS) for column in d.columns)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tables and as-of joins that features aggregate, in declared order."""
        return tuple({f.source.name: f.source for f in self.of_type(Feature)}.values())

    @property
    def hash(self) -> str:
        """Twelve hex digits that stand for the values of the features.

        Sources, aggregations, conditions and windows change the hash. The order of definitions, meanings, spacing and
        letter case do not.
        """
        definitions = sorted(json.dumps(canonical_form(d), sort_keys=True) for d in self.definitions)
        texts = sorted([t.name, t.source.name, t.column, t.window] for t in self.texts)
        content = json.dumps([FORMAT_VERSION, self.entity, self.profile.name, sorted(self.slice_columns), definitions,
                              texts])
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def of_type(self, *kinds: type) -> tuple[Definition, ...]:
        """Return the definitions of some classes, in declared order."""
        return tuple(d for d in self.definitions if isinstance(d, kinds))

    @cached_property
    def by_key(self) -> dict[str, Definition]:
        """Each definition by its key: its name, with the delay if there is one."""
        return {key_of(d): d for d in self.definitions}

    def named(self, name: str, delay: int = 0) -> Definition:
        """Return the definition of that name and delay."""
        return self.by_key[delayed(name, delay)]

    def definition_of(self, column: str) -> Definition:
        """Return the definition that a column belongs to."""
        return self._by_column[column]

    @cached_property
    def _by_column(self) -> dict[str, Definition]:
        """Each definition by column; cached, because reasons look up the definition of each column they describe."""
        return {column: d for d in self.definitions for column in d.columns}

    def unit_of(self, column: str) -> str:
        """Return the unit of a column's values, one of `UNITS`; empty for plain numbers."""
        return getattr(self.definition_of(column), "unit", "")

    def describe(self, column: str) -> str:
        """Return a column in words, for people: its meaning and its window."""
        return self._described[column]

    @cached_property
    def _described(self) -> dict[str, str]:
        return {column: describe(d, column) for column, d in self._by_column.items()}


def from_subjects(entity: str, profile: Table, subjects: Iterable[Sequence[Definition]],
                  slice_columns: tuple[str, ...], texts: tuple[Text, ...] = (),
                  passthrough_columns: tuple[str, ...] = (), cluster_column: str = "") -> FeatureSet:
    """Return the feature set of an entity from the definitions of its subjects.

    Raises:
        ValueError: a definition is invalid within the set (`features.language.validation`).
    """
    definitions = tuple(d for subject in subjects for d in subject)
    return FeatureSet(entity, profile, definitions, slice_columns, texts, passthrough_columns, cluster_column)
