"""The words a feature is written in. A definition is data: nothing here knows of Spark."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from features.contract import Table

# Raised when the same definition comes to mean other numbers (tiles.py, windows.py).
SEMANTICS = 1

WINDOWS = (1, 7, 30, 90)
LONGEST = max(WINDOWS)

AGGREGATIONS = ("count", "sum", "min", "max", "distinct", "first", "last")


@dataclass(frozen=True)
class Feature:
    """An aggregate of one entity's events that arrived in the `windows` days up to as_of.

    `agg` is `count()`, `sum(e)`, `min(e)`, `max(e)`, `distinct(c)`, or `first()` and `last()`, which
    are the days since the earliest and the latest event time in the window. `e` is a Spark SQL
    expression over whole numbers, `where` a Spark SQL condition, both over the source's columns.
    A count, a sum or a distinct count of nothing is 0; a minimum or a maximum of nothing is null.
    """

    name: str
    source: Table
    agg: str
    meaning: str
    where: str | None = None
    windows: tuple[int, ...] = WINDOWS

    @property
    def measure(self) -> str:
        """The aggregation's name."""
        return self._parsed[0]

    @property
    def expression(self) -> str:
        """What is aggregated, as SQL; empty for count, first and last."""
        return self._parsed[1]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{w}d" for w in self.windows)

    @property
    def _parsed(self) -> tuple[str, str]:
        match = re.fullmatch(r"(\w+)\((.*)\)", self.agg.strip(), re.DOTALL)
        if not match or match[1] not in AGGREGATIONS:
            raise ValueError(f"feature {self.name}: agg {self.agg!r} is none of "
                             f"{', '.join(a + '(...)' for a in AGGREGATIONS)}")
        return match[1], match[2].strip()


@dataclass(frozen=True)
class Ratio:
    """One feature divided by another over the same window; null where the divisor is 0 or null."""

    name: str
    of: str
    to: str
    meaning: str
    windows: tuple[int, ...] = WINDOWS

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{w}d" for w in self.windows)


@dataclass(frozen=True)
class Change:
    """How the last `short` days differ from the entity's own `long` ones.

    For counts and sums, the daily mean of the short window divided by that of the long one: 1 is
    no change, 30 is a month's activity in one day. For anything that does not add up over days (a
    ratio, a maximum, a distinct count), the short window's value divided by the long one's.
    Null where the long window's value is 0 or null.
    """

    name: str
    of: str
    meaning: str
    short: int = 1
    long: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.name}_{self.short}d_to_{self.long}d",)


@dataclass(frozen=True)
class Account:
    """What is known of the account itself as of the day: an expression over its latest row.

    The row's columns and `as_of` may be used. Null where the account was never registered.
    """

    name: str
    source: Table
    value: str
    meaning: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name,)


Definition = Feature | Ratio | Change | Account


@dataclass(frozen=True)
class FeatureSet:
    """The features of one entity.

    `slices` are columns of the account's row that are kept beside the features to break results
    down by; no model sees them.
    """

    entity: str
    account: Table
    definitions: tuple[Definition, ...]
    slices: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [d.name for d in self.definitions] + list(self.columns)
        twice = sorted({n for n in names[: len(self.definitions)] if names.count(n) > 1 + self.columns.count(n)}
                       | {c for c in self.columns if self.columns.count(c) > 1})
        if twice:
            raise ValueError(f"{self.entity}: defined twice: {', '.join(twice)}")
        by_name = {d.name: d for d in self.definitions}
        for d in self.of_kind(Feature):
            if (d.measure in ("sum", "min", "max", "distinct")) != bool(d.expression):
                raise ValueError(f"{self.entity}: {d.name} has agg {d.agg!r}; sum, min, max and distinct take an "
                                 "expression, count, first and last take none")
        for d in self.of_kind(Ratio, Change):
            self._refuse_wrong_parts(d, by_name)

    def _refuse_wrong_parts(self, d: "Ratio | Change", by_name: "dict[str, Definition]") -> None:
        made_of = (Feature,) if isinstance(d, Ratio) else (Feature, Ratio)
        for part in _parts(d):
            if not isinstance(by_name.get(part), made_of):
                raise ValueError(f"{self.entity}: {d.name} uses {part}, which is not defined as "
                                 f"a {' or '.join(kind.__name__ for kind in made_of)}")
            if not set(_windows(d)) <= set(_windows(by_name[part])):
                raise ValueError(f"{self.entity}: {d.name} uses {part} over windows it does not have")

    @property
    def id(self) -> str:
        """Name of the entity's identifier column."""
        return f"{self.entity}_id"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every feature column, in declared order."""
        return tuple(column for d in self.definitions for column in d.columns)

    @property
    def sources(self) -> tuple[Table, ...]:
        """The event tables that features aggregate, in declared order."""
        return tuple({f.source.name: f.source for f in self.of_kind(Feature)}.values())

    @property
    def hash(self) -> str:
        """Twelve hex digits of what the features mean.

        The order of definitions, their explanations, spacing and letter case do not matter;
        sources, aggregations, conditions and windows do.
        """
        meanings = sorted(json.dumps(meaning_of(d), sort_keys=True) for d in self.definitions)
        whole = json.dumps([SEMANTICS, self.entity, self.account.name, sorted(self.slices), meanings])
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def of_kind(self, *kinds: type) -> tuple[Definition, ...]:
        return tuple(d for d in self.definitions if isinstance(d, kinds))

    def definition_of(self, column: str) -> Definition:
        """The definition that a column comes from."""
        return next(d for d in self.definitions if column in d.columns)

    def describe(self, column: str) -> str:
        """The column in words a person reads: its meaning and its window."""
        d = self.definition_of(column)
        if isinstance(d, Account | Change):
            return d.meaning
        days = _windows(d)[d.columns.index(column)]
        return f"{d.meaning}, {'last day' if days == 1 else f'last {days} days'}"


def meaning_of(definition: Definition) -> dict[str, object]:
    """What decides a definition's numbers, written in one way only."""
    d = definition
    if isinstance(d, Feature):
        return {"kind": "feature", "name": d.name, "source": d.source.name, "measure": d.measure,
                "expression": canonical_sql(d.expression), "where": canonical_sql(d.where or ""),
                "windows": sorted(d.windows)}
    if isinstance(d, Ratio):
        return {"kind": "ratio", "name": d.name, "of": d.of, "to": d.to, "windows": sorted(d.windows)}
    if isinstance(d, Change):
        return {"kind": "change", "name": d.name, "of": d.of, "short": d.short, "long": d.long}
    return {"kind": "account", "name": d.name, "source": d.source.name, "value": canonical_sql(d.value)}


def canonical_sql(text: str) -> str:
    """SQL with one space between tokens and everything but quoted text in lower case."""
    # Spark reads "text" as a text too.
    tokens = re.findall(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|[<>=!]+|[^\s\w]", text)
    return " ".join(token if token[0] in "'\"" else token.lower() for token in tokens)


def collect(entity: str, account: Table, subjects: Iterable[Sequence[Definition]],
            slices: tuple[str, ...]) -> FeatureSet:
    """The feature set of an entity from its subjects' lists.

    Raises:
        ValueError: a name is defined twice, or a ratio names a feature or window that is not there.
    """
    return FeatureSet(entity, account, tuple(d for subject in subjects for d in subject), slices)


def _parts(d: Ratio | Change) -> tuple[str, ...]:
    return (d.of, d.to) if isinstance(d, Ratio) else (d.of,)


def _windows(d: Definition) -> tuple[int, ...]:
    return (d.short, d.long) if isinstance(d, Change) else getattr(d, "windows", ())
