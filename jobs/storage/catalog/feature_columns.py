"""Columns of features, derived from their definitions."""

from itertools import chain

from features.feature import (
    Account,
    Against,
    Change,
    Circle,
    Component,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    Tie,
)
from features.feature_set import FeatureSet
from features.tables import ORDERS
from jobs.storage.catalog.table import OutputColumn

ADDED_UP = ("count", "sum", "distinct")
TIMES = ("first", "last")
# A definition has no unit of its own: the unit is part of its meaning, or of its name.
UNIT_PHRASES = {", minor units": "cents", " (1) or not (0)": "flag"}
UNIT_ENDINGS = {"_days": "days", "_seconds": "seconds"}


def feature_columns(features: FeatureSet) -> tuple[OutputColumn, ...]:
    """Every feature of a set, in declared order."""
    return tuple(OutputColumn(column, column_type(d, column), _without_unit(features.describe(column)), unit_of(d),
                              _null_rule(d, column))
                 for d in features.definitions for column in d.columns)


def tile_columns(features: tuple[Feature, ...]) -> tuple[OutputColumn, ...]:
    """A column for the partial aggregate of each feature."""
    return tuple(OutputColumn(f.name, "date" if f.measure in TIMES else "bigint", _partial_aggregate(f),
                              "" if f.measure in TIMES else unit_of(f), _tile_null_rule(f)) for f in features)


def column_type(d: Definition, column: str) -> str:
    """The type of a feature's column: whole numbers, and doubles for what is divided."""
    if isinstance(d, Circle):
        return "bigint" if column == d.columns[0] else "double"
    return "bigint" if isinstance(d, Feature | Account | Tie | Component) else "double"


def unit_of(d: Definition) -> str:
    """The unit of a definition; empty where it has none."""
    if isinstance(d, Change | Peer | Against):
        return ""
    by_meaning = (unit for phrase, unit in UNIT_PHRASES.items() if phrase in d.meaning)
    by_name = (unit for ending, unit in UNIT_ENDINGS.items() if d.name.endswith(ending))
    return next(chain(by_meaning, by_name), "")


def _without_unit(meaning: str) -> str:
    for phrase in UNIT_PHRASES:
        meaning = meaning.replace(phrase, "")
    return meaning


def _partial_aggregate(f: Feature) -> str:
    meaning = _without_unit(f.meaning)
    return f"{f.measure} day, for: {meaning}" if f.measure in TIMES else meaning


def _tile_null_rule(f: Feature) -> str:
    other = f"`source` is not {f.source.name}"
    return other if f.measure == "count" else f"{other}, or no row counts"


def _null_rule(d: Definition, column: str) -> str:
    """When a column is null; empty where it never is."""
    match d:
        case Feature(at="event"):
            return _null_rule_at_event(d)
        case Feature():
            tables = " or ".join(table.name for table in d.source.tables)
            return f"no row of {tables} had arrived" if d.measure in ADDED_UP else "no such row in the window"
        case Ratio():
            return f"{d.to} is 0 or null" if d.of_nothing is None else f"{d.of} or {d.to} is null"
        case Against():
            return f"{d.to} is 0 or null"
        case Change():
            return f"{d.of} over the longer window is 0 or null"
        case Peer():
            return f"{d.of} is null, or the peers' value is 0 or null"
        case Account():
            return "no such value in the order" if d.source is ORDERS else f"no such value in {d.source.name}"
        case Tie() | Component():
            return "no identifier is known of any account"
        case Neighbours():
            return "no neighbour has a value"
        case Circle():
            return "no user is known" if column == d.columns[0] else "no such user in the window"
    raise TypeError(f"{column}: {type(d).__name__} has no rule for nulls. Add one to _null_rule")


def _null_rule_at_event(d: Feature) -> str:
    rules = [] if ORDERS.column(d.by).required else [f"the order has no {d.by}"]
    if d.risk:
        rules.append("no verdict had arrived")
    if d.measure not in ADDED_UP:
        rules.append("no such order in the window")
    return ", or ".join(rules)
