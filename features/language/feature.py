"""The words a feature is written in. A definition is data: nothing here knows of Spark."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from features.inputs.contract import Source, Table

WINDOWS = (1, 7, 30, 90)
LOOKBACK_DAYS = max(WINDOWS)
# Everything that ever arrived: a window of a hundred years. What adds up is rolled up beyond the others' reach.
LIFETIME = 36_500

# What a value is counted in, where it is no plain number: money in minor units, yes or no, time.
UNITS = ("", "cents", "flag", "days", "seconds")

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
    among them (features/aggregation/point_in_time.py). `first()` and `last()` are then whole seconds since the earliest and the latest
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
    unit: str = ""

    @property
    def aggregation(self) -> str:
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

    Null where the divisor is null; where it is 0, `if_denominator_zero`, which is null unless it is said.
    """

    name: str
    of: str
    to: str
    meaning: str
    windows: tuple[int, ...] = WINDOWS
    delay: int = 0
    if_denominator_zero: float | None = None
    unit: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column_of(self.name, window, self.delay) for window in self.windows)


@dataclass(frozen=True)
class RelativeToHistory:
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
class Attribute:
    """What is known of the account itself as of the day: an expression over its latest row.

    The row's columns and `as_of` may be used. Null where the account was never registered.
    """

    name: str
    source: Table
    value: str
    meaning: str
    unit: str = ""

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
class SharedIdentifier:
    """How many other accounts stand behind the same identifier: the most behind any one of them.

    `of` names distinct counts of the entity, whose values are the identifiers an account was seen
    with in the 90 days up to as_of; `account` are columns of its registration row. Accounts that
    were seen with one value of a tie are neighbours of each other. A value with more accounts than
    `features.graph.shared_identifiers.MAX_SHARERS` is a public place and ties nobody.
    """

    name: str
    meaning: str
    of: tuple[str, ...] = ()
    profile_columns: tuple[str, ...] = ()

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
class Audience:
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


Definition = Feature | Ratio | RelativeToHistory | Change | Attribute | Peer | SharedIdentifier | Component | Neighbours | Audience
# What is known of an entity by those it is tied to (links.py); all else is known by itself (windows.py).
LINK_DEFINITIONS = (SharedIdentifier, Component, Neighbours, Audience)


def column_of(name: str, window: int, delay: int = 0) -> str:
    """The column of a feature or a ratio over a window that may end some days before."""
    return delayed(f"{name}_{_window_name(window)}", delay)


def delayed(name: str, delay: int) -> str:
    """A name with the delay in it, where there is one."""
    return f"{name}_delayed_{delay}d" if delay else name


def key_of(d: Definition) -> str:
    """What a definition is known by within its set: its name, and its delay if it has one."""
    return delayed(d.name, getattr(d, "delay", 0))


def of_source(source: Source, features: Iterable[Feature]) -> list[Feature]:
    """Those of the features that aggregate one source."""
    return [f for f in features if f.source.name == source.name]


def _window_name(window: int) -> str:
    return "lifetime" if window == LIFETIME else f"{window}d"


def adds_up(d: Definition) -> bool:
    """Whether a definition's value over two days is the sum of its values over each."""
    return isinstance(d, Feature) and d.aggregation in ("count", "sum")


def parts_of(d: Ratio | RelativeToHistory | Change | Peer) -> tuple[str, ...]:
    """The features and ratios that a definition is made of, by name."""
    return (d.of, d.to) if isinstance(d, Ratio) else (d.to,) if isinstance(d, RelativeToHistory) else (d.of,)


def windows_of(d: Definition) -> tuple[int, ...]:
    """The windows that a definition looks at, in the order of its columns where each is a column."""
    if isinstance(d, Change):
        return (d.short, d.long)
    return (d.window,) if isinstance(d, Peer | RelativeToHistory) else getattr(d, "windows", ())
