"""Classes that declare a table of the lake and its columns."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Kind of a table's rows, in the order in which a night writes them."""

    EVENT = "event"
    LOG = "log"
    TILE = "tile"
    FEATURE = "feature"
    LABEL = "label"
    SCORE = "score"
    DECISION = "decision"
    RISK = "risk"
    EFFECT = "effect"
    CASE = "case"
    LEDGER = "ledger"
    FAIRNESS = "fairness"
    STRATEGY = "strategy"


@dataclass(frozen=True)
class OutputColumn:
    """One column of a table in the lake.

    Attributes:
        type: a Spark SQL type name.
        unit: unit of the values, such as cents (minor units) or flag (1 or 0); empty where they have none.
        null: when a value is null; empty where it never is.
        values: the closed set of possible values; empty where the set is open.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    null: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputTable:
    """A table that Vigil writes. `str` returns its name.

    Attributes:
        pattern: the name with `<entity>` in the place of an entity.
        grain: meaning of one row.
        key: columns whose values identify a row.
        step: the step that writes the rows.
        example: a query for `make sql`.
        partition: the column by which days are replaced.
        optional: why a lake may be without the table; empty where every night writes it.
        retention: how long rows are kept; empty where they are never deleted.
    """

    name: str
    pattern: str
    stage: Stage
    step: str
    meaning: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[OutputColumn, ...]
    example: str
    partition: str = "ds"
    optional: str = ""
    retention: str = ""

    def __post_init__(self) -> None:
        unknown = sorted({*self.key, self.partition} - set(self.names))
        if unknown:
            raise ValueError(f"{self.name}: no column {', '.join(unknown)} is declared")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"{self.name}: a column is declared twice")

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """Columns as a Spark schema string."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)

    def column(self, name: str) -> OutputColumn:
        """Return the column of a name."""
        return next(column for column in self.columns if column.name == name)


def ds(meaning: str) -> OutputColumn:
    """Return the partition column."""
    return OutputColumn("ds", "date", meaning)


def identifier(entity: str) -> OutputColumn:
    """Return the identifier column of an entity."""
    return OutputColumn(f"{entity}_id", "string", f"the {entity}")
