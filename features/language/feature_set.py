"""The features of one entity, put together from the lists of their subjects."""

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

    `slices` are columns of the account's row that are kept beside the features to break results
    down by, `kept` others that readers of the scores need; no model sees them. Rows with the same
    value of `together`, one of these, are not independent of each other.
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
        """Name of the entity's identifier column."""
        return f"{self.entity}_id"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every feature column, in declared order."""
        return tuple(column for d in self.definitions for column in d.columns)

    @property
    def tile_features(self) -> tuple[Feature, ...]:
        """The features that are added up from tiles: all but distinct counts."""
        return tuple(d for d in self.of_type(Feature) if d.aggregation != "distinct")

    @property
    def distinct_features(self) -> tuple[Feature, ...]:
        """The distinct counts, which are counted from values."""
        return tuple(d for d in self.of_type(Feature) if d.aggregation == "distinct")

    @cached_property
    def distinct_feature_ids(self) -> dict[str, int]:
        """The number that stands for each distinct count where values are kept, whatever the order of definitions."""
        return {name: place for place, name in enumerate(sorted(d.name for d in self.distinct_features))}

    @property
    def tile_features_beyond_a_month(self) -> tuple[Feature, ...]:
        """The features from tiles that look further back than a month."""
        return tuple(d for d in self.tile_features if max(d.windows) > MAX_DAYS_IN_MONTH)

    @property
    def distinct_features_beyond_a_month(self) -> tuple[Feature, ...]:
        """The distinct counts whose values are looked at for longer than a month."""
        return tuple(d for d in self.distinct_features if self.lookback_of(d) > MAX_DAYS_IN_MONTH)

    def lookback_of(self, distinct: Feature) -> int:
        """How many days the values of a distinct count are looked at: by its windows, by ties and by circles."""
        tied = any(distinct.name in tie.of for tie in self.of_type(SharedIdentifier))
        around = [circle.window for circle in self.of_type(Audience) if circle.of == distinct.name]
        return max(*distinct.windows, *around, LOOKBACK_DAYS if tied else 0, 0)

    @property
    def lifetime_features(self) -> tuple[Feature, ...]:
        """The features that look further back than 90 days."""
        return tuple(d for d in self.of_type(Feature) if LIFETIME in d.windows)

    @property
    def base_columns(self) -> tuple[str, ...]:
        """The columns that need no other entity's rows but those of peers, in declared order."""
        return tuple(column for d in self.definitions if not isinstance(d, LINK_DEFINITIONS) for column in d.columns)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What features aggregate, tables and joined tables, in declared order."""
        return tuple({f.source.name: f.source for f in self.of_type(Feature)}.values())

    @property
    def hash(self) -> str:
        """Twelve hex digits of what the features mean.

        The order of definitions, their explanations, spacing and letter case do not matter;
        sources, aggregations, conditions and windows do.
        """
        meanings = sorted(json.dumps(canonical_form(d), sort_keys=True) for d in self.definitions)
        texts = sorted([t.name, t.source.name, t.column, t.window] for t in self.texts)
        whole = json.dumps([FORMAT_VERSION, self.entity, self.profile.name, sorted(self.slice_columns), meanings,
                            texts])
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def of_type(self, *kinds: type) -> tuple[Definition, ...]:
        return tuple(d for d in self.definitions if isinstance(d, kinds))

    @cached_property
    def by_key(self) -> dict[str, Definition]:
        """Each definition by what it is known by: its name, and its delay if it has one."""
        return {key_of(d): d for d in self.definitions}

    def named(self, name: str, delay: int = 0) -> Definition:
        """The definition of that name and delay."""
        return self.by_key[delayed(name, delay)]

    def definition_of(self, column: str) -> Definition:
        """The definition that a column comes from."""
        return self._by_column[column]

    @cached_property
    def _by_column(self) -> dict[str, Definition]:
        """Made once: reasons ask for the definition of every column that they tell of."""
        return {column: d for d in self.definitions for column in d.columns}

    def unit_of(self, column: str) -> str:
        """Return the unit of a column's values, one of `UNITS`; empty for plain numbers."""
        return getattr(self.definition_of(column), "unit", "")

    def describe(self, column: str) -> str:
        """The column in words a person reads: its meaning and its window."""
        return self._described[column]

    @cached_property
    def _described(self) -> dict[str, str]:
        return {column: describe(d, column) for column, d in self._by_column.items()}


def from_subjects(entity: str, profile: Table, subjects: Iterable[Sequence[Definition]],
                  slice_columns: tuple[str, ...], texts: tuple[Text, ...] = (),
                  passthrough_columns: tuple[str, ...] = (), cluster_column: str = "") -> FeatureSet:
    """Return the feature set of an entity, put together from the definitions of its subjects.

    Raises:
        ValueError: a definition makes no sense among the others (features/language/validation.py).
    """
    definitions = tuple(d for subject in subjects for d in subject)
    return FeatureSet(entity, profile, definitions, slice_columns, texts, passthrough_columns, cluster_column)
