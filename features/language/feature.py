"""The definition classes of the feature language. A definition is data: this module knows nothing of Spark.

Every definition has a `name`, from which its columns are named, and a `meaning`, which the reasons of a score publish.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from features.inputs.contract import Source, Table

WINDOWS = (1, 7, 30, 90)
LOOKBACK_DAYS = max(WINDOWS)
# The window over everything that ever arrived: a hundred years. Older tiles are rolled up into lifetime tiles.
LIFETIME = 36_500

# The unit of a column's values; empty for a plain number. Cents are minor units of money, a flag is 1 or 0.
UNITS = ("", "cents", "flag", "days", "seconds")

AGGREGATIONS = ("count", "sum", "min", "max", "distinct", "first", "last")


@dataclass(frozen=True)
class Feature:
    """An aggregate of one entity's events that arrived in the `windows` days up to and including as_of.

        Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="sales", unit="cents", windows=(7, 30))

    has the columns `order_amount_7d` and `order_amount_30d`. A count, a sum or a distinct count over no events is 0; a
    minimum, a maximum, a first or a last is null. Every column is null before the source's first arrival day.

    With `at="event"` the feature belongs to a single event, as of its event time
    (`features.aggregation.point_in_time`). It aggregates the events with the same `by` that happened in the `windows`
    days up to and including that moment, the event itself among them. `first()` and `last()` are then whole seconds
    since the earliest and the latest event before it.

    Attributes:
        name: the first part of every column's name.
        source: the event table or as-of join whose rows are aggregated.
        agg: `count()`; `sum(e)`, `min(e)` or `max(e)` of `e`, a Spark SQL expression over whole numbers; `distinct(e)`,
            the number of distinct values; `first()` or `last()`, the days since the earliest or the latest event time.
        meaning: what the feature counts, as a person reads it.
        where: a Spark SQL condition over the source's columns. Events for which it is false or null do not count.
        windows: days of each column. `LIFETIME` is allowed, but not for a distinct count: its values are stored for 90
            days.
        at: "day" for a feature as of a day, "event" for one at an event.
        by: at an event: the column that the aggregated events share with the event.
        delay: at an event: days before the moment at which the window ends. The columns end in `_delayed_<delay>d`.
        risk: at an event: only events whose confirmation of this risk stands at the moment count; of an after-sales
            risk, only events about which a case of its kind is known at the moment.
        unit: one of `UNITS`.
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
        """The aggregation's name, one of `AGGREGATIONS`."""
        return self._parsed[0]

    @property
    def expression(self) -> str:
        """The aggregated SQL expression; empty for count, first and last."""
        return self._parsed[1]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, one per window."""
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
    """One feature divided by another one over the same window and with the same delay.

        Ratio("case_rate", of="case_count", to="order_count", meaning="cases per order", windows=(30, 90))

    has the columns `case_rate_30d` and `case_rate_90d`. A column is null where the numerator or the denominator is
    null.

    Attributes:
        of: the name of the numerator, a `Feature`.
        to: the name of the denominator, a `Feature`.
        windows: days of each column; both features have all of them.
        delay: the delay of both features, in days.
        if_denominator_zero: the value where the denominator is 0; null if None.
        unit: one of `UNITS`.
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
        """The names of the columns, one per window."""
        return tuple(column_of(self.name, window, self.delay) for window in self.windows)


@dataclass(frozen=True)
class RelativeToHistory:
    """A value of an event itself divided by a feature or a ratio of its history.

        RelativeToHistory("amount_to_user_mean", of="amount", to="user_order_amount_mean", meaning="against the mean
        order")

    has the column `amount_to_user_mean_30d`. The column is null where the history's value is 0 or null.

    Attributes:
        of: the name of the value, an `Attribute`.
        to: the name of the history's `Feature` or `Ratio`.
        window: days of the history.
    """

    name: str
    of: str
    to: str
    meaning: str
    window: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of the column."""
        return (column_of(self.name, self.window),)


@dataclass(frozen=True)
class Change:
    """The last `short` days of an entity compared with its own last `long` days.

        Change("order_count_change", of="order_count", meaning="orders today against the seller's own month")

    has the column `order_count_change_1d_to_30d`. For a count or a sum the column is the daily mean of the short window
    divided by the daily mean of the long one: 1 is no change, 30 is a month's activity in one day. For a ratio, an
    extreme or a distinct count it is the short window's value divided by the long one's. The column is null where the
    long window's value is 0 or null.

    Attributes:
        of: the name of a `Feature` or `Ratio` with both windows.
        short: days of the numerator.
        long: days of the denominator. `LIFETIME` is not allowed for counts and sums, which have no daily mean over it.
    """

    name: str
    of: str
    meaning: str
    short: int = 1
    long: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of the column."""
        return (f"{column_of(self.name, self.short)}_to_{_window_name(self.long)}",)


@dataclass(frozen=True)
class Attribute:
    """A value of the entity's own row: an account's latest registration as of the day, or an event itself.

        Attribute("account_age_days", USERS, "datediff(as_of, CAST(registered_at AS date))", meaning="...", unit="days")

    has the column `account_age_days`. The column is null where the account was never registered.

    Attributes:
        source: the table of the row.
        value: a Spark SQL expression over the row's columns and, for an account, `as_of`.
        unit: one of `UNITS`.
    """

    name: str
    source: Table
    value: str
    meaning: str
    unit: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of the column."""
        return (self.name,)


@dataclass(frozen=True)
class Peer:
    """An entity's value divided by the value of its peers on the same day. The name ends in `_vs_peers`.

        Peer("case_rate_vs_peers", of="case_rate", by=("region",), meaning="cases per order against the same region")

    has the column `case_rate_vs_peers_30d`. The peers' value of a count or a sum is the mean over all peers with a
    value, the entity among them. The peers' value of a ratio is the ratio of their sums. 1 means usual among peers. The
    column is null where the entity's or the peers' value is null, or the peers' value is 0.

    Attributes:
        of: the name of a `Feature` or `Ratio`.
        by: the slice columns that peers share.
        window: days of the compared column.
    """

    name: str
    of: str
    meaning: str
    by: tuple[str, ...]
    window: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of the column."""
        return (column_of(self.name, self.window),)


@dataclass(frozen=True)
class SharedIdentifier:
    """How many other accounts share an identifier with an account: the most behind any one identifier of this type.

        SharedIdentifier("device", of=("device_distinct",), profile_columns=("device_id",), meaning="most other users")

    has the column `device_sharers`. Accounts with a common identifier are neighbours of each other. An identifier of
    more accounts than `features.graph.shared_identifiers.MAX_SHARERS` is a public place and links no accounts.

    Attributes:
        name: the identifier type.
        of: distinct counts of the entity. Their values of the 90 days up to as_of are the account's identifiers.
        profile_columns: columns of the registration row that hold identifiers too.
    """

    name: str
    meaning: str
    of: tuple[str, ...] = ()
    profile_columns: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of the column."""
        return (f"{self.name}_sharers",)


@dataclass(frozen=True)
class Component:
    """How many accounts can be reached from an account over shared identifiers, the account itself included.

        Component("account_group_size", meaning="users connected over shared identifiers")

    has the column `account_group_size`. An account without a shared identifier has 1.
    """

    name: str
    meaning: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of the column."""
        return (self.name,)


# A column that `Neighbours` may read besides the entity's own ones: a risk is confirmed as of the day (1) or not (0).
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Neighbours:
    """The mean of a column over an account's neighbours, and over their neighbours.

        Neighbours("neighbour_case_rate", of="case_rate_90d", meaning="cases per order of linked users")

    has the columns `neighbour_case_rate` and `neighbour_case_rate_2hops`. A neighbour counts once per shared
    identifier; the account itself does not count. Both columns are null where no neighbour has a value.

    Attributes:
        of: a column of the entity that is no link column, `confirmed` (any risk), or `confirmed_<risk>`.
    """

    name: str
    of: str
    meaning: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: neighbours, and their neighbours."""
        return (self.name, f"{self.name}_2hops")


@dataclass(frozen=True)
class Audience:
    """How many of an entity's users share identifiers with each other, and how many are confirmed or young.

        Audience("buyer", of="buyer_distinct", meaning="buyers")

    has four columns:
    - `linked_buyer_count`: users who share an identifier with another user of the audience.
    - `linked_buyer_share`: these users, as a share of the audience.
    - `confirmed_buyer_share`: users with a risk confirmed as of the day, as a share.
    - `young_buyer_share`: users whose account is younger than 30 days, as a share.

    Shares are null for an audience without users.

    Attributes:
        of: a distinct count of user ids, such as a shop's buyers.
        window: days of the users.
    """

    name: str
    of: str
    meaning: str
    window: int = 30

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: a count and three shares."""
        return (f"linked_{self.name}_count", f"linked_{self.name}_share", f"confirmed_{self.name}_share",
                f"young_{self.name}_share")


@dataclass(frozen=True)
class Text:
    """The texts written by or about an entity in the `window` days up to and including as_of, newest first.

    Texts are stored beside the features, in `<entity>_texts`. Models read them as topics, which are fitted on the
    training days of the model.

    Attributes:
        source: the table of the texts.
        column: the text column of `source`.
        window: days of the texts.
    """

    name: str
    source: Table
    meaning: str
    column: str = "text"
    window: int = 30


Definition = (Feature | Ratio | RelativeToHistory | Change | Attribute | Peer | SharedIdentifier | Component
              | Neighbours | Audience)
# Computed from other accounts (`features.graph.link_features`). All other definitions need the entity's own rows alone.
LINK_DEFINITIONS = (SharedIdentifier, Component, Neighbours, Audience)


def column_of(name: str, window: int, delay: int = 0) -> str:
    """Return the column of a feature or a ratio over one window, which may have a delay."""
    return delayed(f"{name}_{_window_name(window)}", delay)


def delayed(name: str, delay: int) -> str:
    """Return a name with its delay, where there is one."""
    return f"{name}_delayed_{delay}d" if delay else name


def key_of(d: Definition) -> str:
    """Return the key of a definition within its set: the name, with the delay if there is one."""
    return delayed(d.name, getattr(d, "delay", 0))


def of_source(source: Source, features: Iterable[Feature]) -> list[Feature]:
    """Return the features that aggregate one source."""
    return [f for f in features if f.source.name == source.name]


def _window_name(window: int) -> str:
    return "lifetime" if window == LIFETIME else f"{window}d"


def adds_up(d: Definition) -> bool:
    """Return whether a definition's value over two days is the sum of its values over each day."""
    return isinstance(d, Feature) and d.aggregation in ("count", "sum")


def parts_of(d: Ratio | RelativeToHistory | Change | Peer) -> tuple[str, ...]:
    """Return the names of the features and ratios that a definition is computed from."""
    return (d.of, d.to) if isinstance(d, Ratio) else (d.to,) if isinstance(d, RelativeToHistory) else (d.of,)


def windows_of(d: Definition) -> tuple[int, ...]:
    """Return the windows that a definition reads, in the order of its columns if it has a column per window."""
    if isinstance(d, Change):
        return (d.short, d.long)
    return (d.window,) if isinstance(d, Peer | RelativeToHistory) else getattr(d, "windows", ())
