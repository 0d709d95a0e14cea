"""The contract language of input tables, and the row rules that follow from their columns.

A row rule is a Spark SQL predicate that a good row makes true. A row for which it is false or null goes to the
quarantine as a whole, with the name of the rule. Rules may use every column of the table and `ds`.
"""

from dataclasses import dataclass, field

# Characters that a row may have at most. A longer identifier is a mistake upstream, and a review of a megabyte is an
# attack on the reader: the row is quarantined, not cut.
ID_LENGTH = 256
TEXT_LENGTH = 20_000

MONEY_LIMIT = 1_000_000_000_000  # cents, ten billion units: the sum of a million such rows fits a bigint
COUNT_LIMIT = 1_000_000_000  # pieces, grams, milliseconds or followers: the sum of nine billion such rows fits a bigint


@dataclass(frozen=True)
class Column:
    """One column of an input table.

    A private column identifies a person, a device or a place. Ingest replaces its values by their HMAC
    (`features.inputs.masking`), and no plain value reaches the lake.

    Attributes:
        type: a Spark SQL type name.
        required: whether a row without a value is quarantined.
        values: the closed set of allowed values; empty for an open one.
        private: whether ingest masks the values.
        prose: whether people write the text freely. Such a text is stored as it was written.
        added: whether inputs of before this column may lack it: it is then null, and counts as no renamed column.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    private: bool = False
    prose: bool = False
    added: bool = False

    @property
    def longest(self) -> int:
        """The most characters that a value of type string may have."""
        return TEXT_LENGTH if self.prose else ID_LENGTH


@dataclass(frozen=True)
class Rule:
    """A row rule: a condition that every row must meet.

    Attributes:
        name: what the quarantine shows to people.
        predicate: Spark SQL.
        column: of a rule about the values of one column.
        kind: of such a rule: present, values (a closed set), pattern, length, time or range.
        bounds: of a range, its smallest and largest value. The predicate has them too, so that `repr`, which input
            fingerprints cover, leaves them out.
        is_above: whether the smallest value itself lies outside of the range.
    """

    name: str
    predicate: str
    column: str = ""
    kind: str = ""
    bounds: tuple[int, int] | None = field(default=None, repr=False)
    is_above: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Table:
    """An input table: of events, or of states.

    An event happens once: its key within a week is a repetition. A state comes again when it changes, under the same
    key: an equal row within a week is a repetition, any other row is the new state.

    Ingest keeps the latest of rows with the same key and `ds`. Of rows with the same event time too, it keeps the first
    by `prefer`.

    Attributes:
        key: the column that identifies one event.
        event_time: the column of the moment at which the event happened; `ds` is the day on which it arrived.
        quirks: what a reader of the table must know.
        rules: further row rules besides those of the columns.
        optional: whether the table may never arrive.
        prefer: SQL expressions, for Spark and DuckDB alike. Of two rows the one with the larger value comes first, and
            null comes last.
        is_state: whether a row replaces the earlier rows of its key.
    """

    name: str
    key: str
    event_time: str
    columns: tuple[Column, ...]
    meaning: str
    quirks: str
    rules: tuple[Rule, ...] = ()
    optional: bool = True
    prefer: tuple[str, ...] = ()
    is_state: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, without `ds`."""
        return tuple(column.name for column in self.columns)

    @property
    def tables(self) -> tuple["Table", ...]:
        """The event tables of this source: the table itself."""
        return (self,)

    @property
    def lookback(self) -> int:
        """How many days before a row's own day its columns may come from."""
        return 0

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def private(self) -> tuple[str, ...]:
        """The names of the private columns."""
        return tuple(column.name for column in self.columns if column.private)

    @property
    def content(self) -> tuple[str, ...]:
        """The columns by which rows are ordered last. Masked columns close the list, since their key is arbitrary."""
        return tuple(sorted(self.names, key=lambda name: name in self.private))

    @property
    def ddl(self) -> str:
        """The schema as Spark DDL, with `ds` (the arrival day) last."""
        return ", ".join([f"{c.name} {c.type}" for c in self.columns] + ["ds date"])

    @property
    def row_rules(self) -> tuple[Rule, ...]:
        """Every row rule of the table: first the rules of its columns, then its own."""
        return (*_required(self), *_values(self), *_lengths(self), _not_in_future(self), *self.rules)


def _required(table: Table) -> list[Rule]:
    return [Rule(f"{c.name} is present", f"{c.name} IS NOT NULL", c.name, "present")
            for c in table.columns if c.required]


def _values(table: Table) -> list[Rule]:
    rules = []
    for c in (c for c in table.columns if c.values):
        allowed = ", ".join(f"'{value}'" for value in c.values)
        rules.append(Rule(f"{c.name} is one of {', '.join(c.values)}",
                          f"{c.name} IS NULL OR {c.name} IN ({allowed})", c.name, "values"))
    return rules


def _lengths(table: Table) -> list[Rule]:
    rules = []
    for c in (c for c in table.columns if c.type == "string" and not c.values):
        rules.append(Rule(f"{c.name} has at most {c.longest} characters",
                          f"{c.name} IS NULL OR length({c.name}) <= {c.longest}", c.name, "length"))
    return rules


def _not_in_future(table: Table) -> Rule:
    # An event cannot arrive before it happens: its event time lies before the end of its arrival day.
    return Rule(f"{table.event_time} is not after the day of arrival",
                f"{table.event_time} IS NULL OR {table.event_time} < date_add(ds, 1)", table.event_time, "time")


def money(name: str) -> Rule:
    """Return the rule that an amount of cents is not negative, and small enough to be summed."""
    return between(name, 0, MONEY_LIMIT)


def count(name: str, least: int = 0) -> Rule:
    """Return the rule that a count is at least `least`, and small enough to be summed."""
    return between(name, least, COUNT_LIMIT)


def between(name: str, least: int, most: int) -> Rule:
    """Return the rule that a number, where there is one, lies from `least` to `most`."""
    return Rule(f"{name} is between {least} and {most}", f"{name} IS NULL OR {name} BETWEEN {least} AND {most}",
                name, "range", (least, most))


def pattern(name: str, regular_expression: str, described: str) -> Rule:
    """Return the rule that a text, where there is one, matches a regular expression without quotes and backslashes."""
    return Rule(f"{name} is {described}", f"{name} IS NULL OR {name} RLIKE '{regular_expression}'", name, "pattern")


def probability(name: str) -> Rule:
    """Return the rule that a probability of something that was drawn, where there is one, is above 0 and at most 1."""
    return Rule(f"{name} is above 0 and at most 1", f"{name} IS NULL OR ({name} > 0 AND {name} <= 1)",
                name, "range", (0, 1), is_above=True)


@dataclass(frozen=True)
class AsOfJoin:
    """An as-of join: rows of one table with columns of another, as they were known on the arrival day of the row.

    Each row of `left` gets the columns `take` of the latest row of `right` with the same `on` that arrived on the row's
    own day or up to `days` days before. A row of `right` that arrives later changes nothing, so that the tile of a day
    never changes. Without such a row the columns are null.
    """

    name: str
    left: Table
    right: Table
    on: str
    take: tuple[str, ...]
    days: int

    @property
    def event_time(self) -> str:
        """The column of the event time of `left`."""
        return self.left.event_time

    @property
    def tables(self) -> tuple[Table, ...]:
        """The two event tables of this source."""
        return (self.left, self.right)

    @property
    def lookback(self) -> int:
        """How many days before a row's own day its columns may come from."""
        return self.days


Source = Table | AsOfJoin
