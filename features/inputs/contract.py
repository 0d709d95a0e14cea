"""The words an input table is declared in, and the row rules that follow from its columns.

A rule is a Spark SQL predicate that a good row makes true. A row for which it is false or null
goes to quarantine, whole, with the rule's name. Rules may use every column of the table and `ds`.
"""

from dataclasses import dataclass

# Longest text a row may carry. An identifier longer than this is a mistake upstream, and a review
# of a megabyte is an attack on the reader, so the row is put aside rather than cut.
ID_LENGTH = 256
TEXT_LENGTH = 20_000

MONEY_LIMIT = 1_000_000_000_000  # ten billion units: sums of a million such rows still fit a bigint
COUNT_LIMIT = 1_000_000_000  # of pieces, grams, milliseconds or followers: sums of nine billion such rows fit a bigint


@dataclass(frozen=True)
class Column:
    """One column: `type` is a Spark SQL type name, `values` the closed set it is drawn from.

    A `private` column identifies a person, a device or a place. Its values are replaced at ingest
    by their HMAC (features/inputs/masking.py) and never reach the lake.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    private: bool = False

    @property
    def prose(self) -> bool:
        """Whether it is what somebody wrote, which is kept as it was written."""
        return self.name == "text"

    @property
    def longest(self) -> int:
        """Most characters that a string may have."""
        return TEXT_LENGTH if self.prose else ID_LENGTH


@dataclass(frozen=True)
class Rule:
    """A condition that every row meets.

    `name` is what the quarantine shows to a person, `predicate` is Spark SQL. A rule about the values of one column
    says which `column`, and of which `kind` it is: present, values (a closed set), length, time or range.
    """

    name: str
    predicate: str
    column: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """An input table. `key` names one event; `event_time` is when it happened (`ds`: arrived).

    Of rows with the same key and day the latest is kept; of those of one time, one that makes `prefer` true.
    """

    name: str
    key: str
    event_time: str
    columns: tuple[Column, ...]
    meaning: str
    quirks: str
    rules: tuple[Rule, ...] = ()
    optional: bool = True
    prefer: str = "true"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def tables(self) -> tuple["Table", ...]:
        """The event tables it is made of: itself."""
        return (self,)

    @property
    def lookback(self) -> int:
        """Days before its own that a row's columns may come from."""
        return 0

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def private(self) -> tuple[str, ...]:
        """Names of the columns that identify a person, a device or a place."""
        return tuple(column.name for column in self.columns if column.private)

    @property
    def ddl(self) -> str:
        """The table's schema as Spark DDL, `ds` (the arrival day) last."""
        return ", ".join([f"{c.name} {c.type}" for c in self.columns] + ["ds date"])

    @property
    def row_rules(self) -> tuple[Rule, ...]:
        """Every rule of the table: those that follow from its columns, then its own."""
        return (*_required(self), *_values(self), *_lengths(self), _not_in_future(self), *self.rules)


def _required(table: Table) -> list[Rule]:
    return [Rule(f"{c.name} is present", f"{c.name} IS NOT NULL", c.name,
                 "present") for c in table.columns if c.required]


def _values(table: Table) -> list[Rule]:
    rules = []
    for c in (c for c in table.columns if c.values):
        listed = ", ".join(f"'{value}'" for value in c.values)
        rules.append(Rule(f"{c.name} is one of {', '.join(c.values)}",
                          f"{c.name} IS NULL OR {c.name} IN ({listed})", c.name, "values"))
    return rules


def _lengths(table: Table) -> list[Rule]:
    rules = []
    for c in (c for c in table.columns if c.type == "string" and not c.values):
        rules.append(Rule(f"{c.name} has at most {c.longest} characters",
                          f"{c.name} IS NULL OR length({c.name}) <= {c.longest}", c.name, "length"))
    return rules


def _not_in_future(table: Table) -> Rule:
    # An event cannot arrive before it happened: its time must lie before the end of its arrival day.
    return Rule(f"{table.event_time} is not after the day of arrival",
                f"{table.event_time} IS NULL OR {table.event_time} < date_add(ds, 1)", table.event_time, "time")


def money(name: str) -> Rule:
    """Minor units, not negative, and small enough to be added up."""
    return Rule(f"{name} is between 0 and {MONEY_LIMIT}",
                f"{name} IS NULL OR {name} BETWEEN 0 AND {MONEY_LIMIT}", name, "range")


def count(name: str, least: int = 0) -> Rule:
    """A number of things, not too small to be one, and small enough to be added up."""
    return Rule(f"{name} is between {least} and {COUNT_LIMIT}",
                f"{name} IS NULL OR {name} BETWEEN {least} AND {COUNT_LIMIT}", name, "range")


@dataclass(frozen=True)
class AsOfJoin:
    """Rows of one table with columns of another, as known on the day the row arrived.

    Each row of `left` gets the columns `take` of the latest row of `right` with the same `on` that
    arrived on the row's own day or up to `days` days before. What arrives later changes nothing, so
    a tile of a day stays what it was. Without such a row the columns are null.
    """

    name: str
    left: Table
    right: Table
    on: str
    take: tuple[str, ...]
    days: int

    @property
    def event_time(self) -> str:
        return self.left.event_time

    @property
    def tables(self) -> tuple[Table, ...]:
        """The event tables it is made of."""
        return (self.left, self.right)

    @property
    def lookback(self) -> int:
        """Days before its own that a row's columns may come from."""
        return self.days


Source = Table | AsOfJoin
