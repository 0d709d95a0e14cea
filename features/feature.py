"""The words a feature is written in. A definition is data: nothing here knows of Spark."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from features.contract import Source, Table

# Raised when the same definition comes to mean other numbers (tiles.py, windows.py).
SEMANTICS = 2

WINDOWS = (1, 7, 30, 90)
LONGEST = max(WINDOWS)
# Everything that ever arrived: a window of a hundred years. What adds up is rolled up beyond the others' reach.
LIFETIME = 36_500

AGGREGATIONS = ("count", "sum", "min", "max", "distinct", "first", "last")


@dataclass(frozen=True)
class Feature:
    """An aggregate of one entity's events that arrived in the `windows` days up to as_of.

    `agg` is `count()`, `sum(e)`, `min(e)`, `max(e)`, `distinct(c)`, or `first()` and `last()`, which
    are the days since the earliest and the latest event time in the window. `e` is a Spark SQL
    expression over whole numbers, `where` a Spark SQL condition, both over the source's columns.
    A count, a sum or a distinct count of nothing is 0; a minimum or a maximum of nothing is null. A window
    may be `LIFETIME`, but not of a distinct count, whose values are kept for 90 days.

    With `at="event"` the feature is of each row and as of the moment of its own event: an aggregate of the
    rows with the same `by` that happened in the `windows` days up to and including that moment, the row itself
    among them (features/moments.py). `first()` and `last()` are then whole seconds since the earliest and the latest
    one before. With a `delay` of D days the window ends D days before the moment. With a `risk`, of the rows in the
    window those count of which that risk stood confirmed by the moment.
    """

    name: str
    source: Source
    agg: str
    meaning: str
    where: str | None = None
    windows: tuple[int, ...] = WINDOWS
    at: str = "day"
    by: str = ""
    delay: int = 0
    risk: str = ""

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
        return tuple(column_of(self.name, window, self.delay) for window in self.windows)

    @property
    def _parsed(self) -> tuple[str, str]:
        match = re.fullmatch(r"(\w+)\((.*)\)", self.agg.strip(), re.DOTALL)
        if not match or match[1] not in AGGREGATIONS:
            raise ValueError(f"feature {self.name}: agg {self.agg!r} is none of "
                             f"{', '.join(a + '(...)' for a in AGGREGATIONS)}")
        return match[1], match[2].strip()


@dataclass(frozen=True)
class Ratio:
    """One feature divided by another over the same window and with the same delay.

    Null where the divisor is null; where it is 0, `of_nothing`, which is null unless it is said.
    """

    name: str
    of: str
    to: str
    meaning: str
    windows: tuple[int, ...] = WINDOWS
    delay: int = 0
    of_nothing: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column_of(self.name, window, self.delay) for window in self.windows)


@dataclass(frozen=True)
class Against:
    """A value of the row itself divided by a feature or a ratio of its past; null where that is 0 or null."""

    name: str
    of: str
    to: str
    meaning: str
    window: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        return (column_of(self.name, self.window),)


@dataclass(frozen=True)
class Change:
    """How the last `short` days differ from the entity's own `long` ones.

    For counts and sums, the daily mean of the short window divided by that of the long one: 1 is
    no change, 30 is a month's activity in one day. For anything that does not add up over days (a
    ratio, a maximum, a distinct count), the short window's value divided by the long one's.
    Null where the long window's value is 0 or null. What adds up has no daily mean over a lifetime.
    """

    name: str
    of: str
    meaning: str
    short: int = 1
    long: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{column_of(self.name, self.short)}_to_{_window_name(self.long)}",)


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


@dataclass(frozen=True)
class Peer:
    """An entity's value divided by that of its peers on the same day.

    Peers share the columns `by` of the account's row. For a count or a sum their value is the mean
    over all peers seen; for a ratio it is the ratio of their sums. 1 is what is usual among them.
    Null where the entity's or the peers' value is null, or the peers' is 0.
    """

    name: str
    of: str
    meaning: str
    by: tuple[str, ...]
    window: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        return (column_of(self.name, self.window),)


@dataclass(frozen=True)
class Tie:
    """How many other accounts stand behind the same identifier: the most behind any one of them.

    `of` names distinct counts of the entity, whose values are the identifiers an account was seen
    with in the 90 days up to as_of; `account` are columns of its registration row. Accounts that
    were seen with one value of a tie are neighbours of each other. A value with more accounts than
    `features.links.PUBLIC` is a public place and ties nobody.
    """

    name: str
    meaning: str
    of: tuple[str, ...] = ()
    account: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.name}_sharers",)


@dataclass(frozen=True)
class Component:
    """How many accounts can be reached from one over any number of ties, itself included."""

    name: str
    meaning: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name,)


# What a Neighbours may look at besides the entity's own columns: a risk confirmed by as_of (1) or not (0).
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Neighbours:
    """The mean of a column over an entity's neighbours, and over theirs (`_2hops`).

    Each shared identifier counts its accounts once, the entity itself left out. `of` is a column
    without neighbours in it, `confirmed` (any risk), or `confirmed_<risk>`. Null without neighbours.
    """

    name: str
    of: str
    meaning: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name, f"{self.name}_2hops")


@dataclass(frozen=True)
class Circle:
    """How many of an entity's users are neighbours of each other, and what is known of them.

    `of` is a distinct count of user ids, such as a shop's buyers. `linked_<name>_count`: those who
    share an identifier with another one of them; `linked_<name>_share`: out of all of them;
    `confirmed_<name>_share`: those with a risk confirmed by as_of; `young_<name>_share`: those whose
    account is younger than 30 days. Shares are null without any user.
    """

    name: str
    of: str
    meaning: str
    window: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"linked_{self.name}_count", f"linked_{self.name}_share", f"confirmed_{self.name}_share",
                f"young_{self.name}_share")


@dataclass(frozen=True)
class Text:
    """What was written by or about an entity in the `window` days up to as_of, newest first.

    Kept beside the features in `<entity>_texts`; models read it through topics that are fitted on
    their training days.
    """

    name: str
    source: Table
    meaning: str
    column: str = "text"
    window: int = 30


Definition = Feature | Ratio | Against | Change | Account | Peer | Tie | Component | Neighbours | Circle
# What is known of an entity by those it is tied to (links.py); all else is known by itself (windows.py).
LINKS = (Tie, Component, Neighbours, Circle)


@dataclass(frozen=True)
class FeatureSet:
    """The features of one entity.

    `slices` are columns of the account's row that are kept beside the features to break results
    down by, `kept` others that readers of the scores need; no model sees them. Rows with the same
    value of `together`, one of these, are not independent of each other.
    """

    entity: str
    account: Table
    definitions: tuple[Definition, ...]
    slices: tuple[str, ...]
    texts: tuple[Text, ...] = ()
    kept: tuple[str, ...] = ()
    together: str = ""

    def __post_init__(self) -> None:
        names = [key_of(d) for d in self.definitions] + list(self.columns)
        twice = sorted({n for n in names[: len(self.definitions)] if names.count(n) > 1 + self.columns.count(n)}
                       | {c for c in self.columns if self.columns.count(c) > 1})
        if twice:
            raise ValueError(f"{self.entity}: defined twice: {', '.join(twice)}")
        by_name = {key_of(d): d for d in self.definitions}
        for d in self.of_kind(Feature):
            if (d.measure in ("sum", "min", "max", "distinct")) != bool(d.expression):
                raise ValueError(f"{self.entity}: {d.name} has agg {d.agg!r}; sum, min, max and distinct take an "
                                 "expression, count, first and last take none")
            if d.measure == "distinct" and LIFETIME in d.windows:
                raise ValueError(f"{self.entity}: {d.name} counts different values over a lifetime, of which those of "
                                 f"{LONGEST} days are kept")
            self._refuse_wrong_moment(d)
        for d in self.of_kind(Ratio, Against, Change, Peer):
            self._refuse_wrong_parts(d, by_name)
        for d in self.of_kind(Against):
            if not isinstance(by_name.get(d.of), Account):
                raise ValueError(f"{self.entity}: {d.name} is of {d.of}, which is no value of the row itself")
        for d in self.of_kind(Tie, Circle):
            self._refuse_other_than_distinct(d, by_name)
        for d in self.of_kind(Neighbours):
            self._refuse_unknown_column(d)

    def _refuse_wrong_moment(self, d: Feature) -> None:
        if d.at not in ("day", "event"):
            raise ValueError(f"{self.entity}: {d.name} is at {d.at!r}, which is neither 'day' nor 'event'")
        if d.at == "day" and (d.by or d.delay or d.risk):
            raise ValueError(f"{self.entity}: {d.name} has by, delay or risk, which are for features at an event")
        if d.at == "event" and (not d.by or LIFETIME in d.windows):
            raise ValueError(f"{self.entity}: {d.name} is at an event: it needs `by` and windows of days")

    def _refuse_wrong_parts(self, d: "Ratio | Against | Change | Peer", by_name: "dict[str, Definition]") -> None:
        made_of = (Feature,) if isinstance(d, Ratio) else (Feature, Ratio)
        for part in (delayed(name, getattr(d, "delay", 0)) for name in _parts(d)):
            if not isinstance(by_name.get(part), made_of):
                raise ValueError(f"{self.entity}: {d.name} uses {part}, which is not defined as "
                                 f"a {' or '.join(kind.__name__ for kind in made_of)}")
            if not set(_windows(d)) <= set(_windows(by_name[part])):
                raise ValueError(f"{self.entity}: {d.name} uses {part} over windows it does not have")
            if isinstance(d, Change) and d.long == LIFETIME and adds_up(by_name[part]):
                raise ValueError(f"{self.entity}: {d.name} compares {part} with a lifetime, which has no daily mean")

    def _refuse_other_than_distinct(self, d: "Tie | Circle", by_name: "dict[str, Definition]") -> None:
        for part in (d.of if isinstance(d, Tie) else (d.of,)):
            if not isinstance(by_name.get(part), Feature) or by_name[part].measure != "distinct":
                raise ValueError(f"{self.entity}: {d.name} uses {part}, which is not defined as a distinct count")
        unknown = set(getattr(d, "account", ())) - set(self.account.names)
        if unknown:
            raise ValueError(f"{self.entity}: {d.name} uses {', '.join(sorted(unknown))}, which {self.account.name} "
                             "does not have")

    def _refuse_unknown_column(self, d: Neighbours) -> None:
        known = d.of == CONFIRMED or d.of.startswith(f"{CONFIRMED}_") or d.of in self.own_columns
        if not known:
            raise ValueError(f"{self.entity}: {d.name} is of {d.of}, which is no column without neighbours in it")

    @property
    def id(self) -> str:
        """Name of the entity's identifier column."""
        return f"{self.entity}_id"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every feature column, in declared order."""
        return tuple(column for d in self.definitions for column in d.columns)

    @property
    def of_tiles(self) -> tuple[Feature, ...]:
        """The features that are added up from tiles: all but distinct counts."""
        return tuple(d for d in self.of_kind(Feature) if d.measure != "distinct")

    @property
    def of_values(self) -> tuple[Feature, ...]:
        """The distinct counts, which are counted from values."""
        return tuple(d for d in self.of_kind(Feature) if d.measure == "distinct")

    @cached_property
    def places(self) -> dict[str, int]:
        """The number that stands for each distinct count where values are kept, whatever the order of definitions."""
        return {name: place for place, name in enumerate(sorted(d.name for d in self.of_values))}

    @property
    def of_lifetime(self) -> tuple[Feature, ...]:
        """The features that look further back than 90 days."""
        return tuple(d for d in self.of_kind(Feature) if LIFETIME in d.windows)

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The columns that need no other entity's rows but those of peers, in declared order."""
        return tuple(column for d in self.definitions if not isinstance(d, LINKS) for column in d.columns)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What features aggregate, tables and joined tables, in declared order."""
        return tuple({f.source.name: f.source for f in self.of_kind(Feature)}.values())

    @property
    def hash(self) -> str:
        """Twelve hex digits of what the features mean.

        The order of definitions, their explanations, spacing and letter case do not matter;
        sources, aggregations, conditions and windows do.
        """
        meanings = sorted(json.dumps(meaning_of(d), sort_keys=True) for d in self.definitions)
        texts = sorted([t.name, t.source.name, t.column, t.window] for t in self.texts)
        whole = json.dumps([SEMANTICS, self.entity, self.account.name, sorted(self.slices), meanings, texts])
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def of_kind(self, *kinds: type) -> tuple[Definition, ...]:
        return tuple(d for d in self.definitions if isinstance(d, kinds))

    def named(self, name: str) -> Definition:
        """The definition of that name."""
        return next(d for d in self.definitions if d.name == name)

    def definition_of(self, column: str) -> Definition:
        """The definition that a column comes from."""
        return self._by_column[column]

    @cached_property
    def _by_column(self) -> dict[str, Definition]:
        """Made once: reasons ask for the definition of every column that they tell of."""
        return {column: d for d in self.definitions for column in d.columns}

    def describe(self, column: str) -> str:
        """The column in words a person reads: its meaning and its window."""
        return self._described[column]

    @cached_property
    def _described(self) -> dict[str, str]:
        return {column: self._words(d, column) for column, d in self._by_column.items()}

    @staticmethod
    def _words(d: Definition, column: str) -> str:
        if not isinstance(d, Feature | Ratio):
            return _meaning(d, column)
        days = _windows(d)[d.columns.index(column)]
        ended = f" that ended {d.delay} days before" if d.delay else ""
        return f"{d.meaning}, {_span_in_words(days)}{ended}"


def column_of(name: str, window: int, delay: int = 0) -> str:
    """The column of a feature or a ratio over a window that may end some days before."""
    return delayed(f"{name}_{_window_name(window)}", delay)


def delayed(name: str, delay: int) -> str:
    """A name with the delay in it, where there is one."""
    return f"{name}_delayed_{delay}d" if delay else name


def key_of(d: "Definition") -> str:
    """What a definition is known by within its set: its name, and its delay if it has one."""
    return delayed(d.name, getattr(d, "delay", 0))


def _window_name(window: int) -> str:
    return "lifetime" if window == LIFETIME else f"{window}d"


def _span_in_words(days: int) -> str:
    return {1: "last day", LIFETIME: "ever"}.get(days, f"last {days} days")


def adds_up(d: "Definition") -> bool:
    """Whether a definition's value over two days is the sum of its values over each."""
    return isinstance(d, Feature) and d.measure in ("count", "sum")


def meaning_of(definition: Definition) -> dict[str, object]:
    """What decides a definition's numbers, written in one way only."""
    d = definition
    if isinstance(d, Feature):
        return {"kind": "feature", "name": d.name, "source": _source(d.source), "measure": d.measure,
                "expression": canonical_sql(d.expression), "where": canonical_sql(d.where or ""),
                "windows": sorted(d.windows)} | _said(d, "at", "by", "delay", "risk")
    if isinstance(d, Ratio):
        return {"kind": "ratio", "name": d.name, "of": d.of, "to": d.to,
                "windows": sorted(d.windows)} | _said(d, "delay", "of_nothing")
    if isinstance(d, Change):
        return {"kind": "change", "name": d.name, "of": d.of, "short": d.short, "long": d.long}
    if isinstance(d, Account):
        return {"kind": "account", "name": d.name, "source": d.source.name, "value": canonical_sql(d.value)}
    meaning = {key: value for key, value in asdict(d).items() if key != "meaning"}
    return {"kind": type(d).__name__.lower()} | meaning


def _said(d: Definition, *fields: str) -> dict[str, object]:
    """Those of some fields that say something else than they do by default."""
    return {name: getattr(d, name) for name in fields if getattr(d, name) != getattr(type(d), name)}


def canonical_sql(text: str) -> str:
    """SQL with one space between tokens and everything but quoted text in lower case."""
    # Spark reads "text" as a text too.
    tokens = re.findall(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|[<>=!]+|[^\s\w]", text)
    return " ".join(token if token[0] in "'\"" else token.lower() for token in tokens)


def collect(entity: str, account: Table, subjects: Iterable[Sequence[Definition]],
            slices: tuple[str, ...], texts: tuple[Text, ...] = (), **kept: object) -> FeatureSet:
    """The feature set of an entity from its subjects' lists.

    Raises:
        ValueError: a name is defined twice, or a ratio names a feature or window that is not there.
    """
    return FeatureSet(entity, account, tuple(d for subject in subjects for d in subject), slices, texts,
                      **kept)


def _source(source: Source) -> object:
    """A table by its name; a join by everything that decides its rows."""
    if isinstance(source, Table):
        return source.name
    return [source.left.name, source.right.name, source.on, list(source.take), source.days]


def _meaning(d: Definition, column: str) -> str:
    """A column of a definition that has no windows to tell apart."""
    if isinstance(d, Neighbours):
        return f"{d.meaning}, {'two ties away' if column.endswith('_2hops') else 'mean of neighbours'}"
    if isinstance(d, Circle):
        kind = {"linked": "sharing an identifier with another", "confirmed": "confirmed for a risk",
                "young": "with an account under 30 days"}[column.split("_")[0]]
        return f"{'share of ' if column.endswith('_share') else ''}{d.meaning} {kind}, last {d.window} days"
    if isinstance(d, Peer | Against):
        return f"{d.meaning}, {_span_in_words(d.window)}"
    return d.meaning


def _parts(d: Ratio | Against | Change | Peer) -> tuple[str, ...]:
    return (d.of, d.to) if isinstance(d, Ratio) else (d.to,) if isinstance(d, Against) else (d.of,)


def _windows(d: Definition) -> tuple[int, ...]:
    if isinstance(d, Change):
        return (d.short, d.long)
    return (d.window,) if isinstance(d, Peer | Against) else getattr(d, "windows", ())
