"""Columns of features, derived from their definitions."""

from features.inputs.tables import ORDERS
from features.language.feature import (
    Attribute,
    Audience,
    Change,
    Component,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    RelativeToHistory,
    SharedIdentifier,
)
from features.language.feature_set import FeatureSet
from jobs.storage.catalog.table import OutputColumn

ADDED_UP = ("count", "sum", "distinct")
TIMES = ("first", "last")


def feature_columns(features: FeatureSet) -> tuple[OutputColumn, ...]:
    """Return the columns of every feature of a set, in declared order."""
    return tuple(OutputColumn(column, column_type(d, column), features.describe(column), features.unit_of(column),
                              _null_rule(d, column))
                 for d in features.definitions for column in d.columns)


def tile_columns(features: tuple[Feature, ...]) -> tuple[OutputColumn, ...]:
    """Return a column for the partial aggregate of each feature."""
    return tuple(OutputColumn(f.name, "date" if f.aggregation in TIMES else "bigint", _partial_aggregate(f),
                              "" if f.aggregation in TIMES else f.unit, _tile_null_rule(f)) for f in features)


def column_type(d: Definition, column: str) -> str:
    """Return the type of a feature's column: bigint, or double for a quotient."""
    if isinstance(d, Audience):
        return "bigint" if column == d.columns[0] else "double"
    return "bigint" if isinstance(d, Feature | Attribute | SharedIdentifier | Component) else "double"


def _partial_aggregate(f: Feature) -> str:
    return f"{f.aggregation} day, for: {f.meaning}" if f.aggregation in TIMES else f.meaning


def _tile_null_rule(f: Feature) -> str:
    other = f"`source` is not {f.source.name}"
    return other if f.aggregation == "count" else f"{other}, or no row counts"


def _null_rule(d: Definition, column: str) -> str:
    """Return when a column is null; empty where it never is."""
    match d:
        case Feature(at="event"):
            return _null_rule_at_event(d)
        case Feature():
            tables = " or ".join(table.name for table in d.source.tables)
            return f"no row of {tables} had arrived" if d.aggregation in ADDED_UP else "no such row in the window"
        case Ratio():
            return f"{d.to} is 0 or null" if d.if_denominator_zero is None else f"{d.of} or {d.to} is null"
        case RelativeToHistory():
            return f"{d.to} is 0 or null"
        case Change():
            return f"{d.of} over the longer window is 0 or null"
        case Peer():
            return f"{d.of} is null, or the peers' value is 0 or null"
        case Attribute():
            return "no such value in the order" if d.source is ORDERS else f"no such value in {d.source.name}"
        case SharedIdentifier() | Component():
            return "no identifier is known of any account"
        case Neighbours():
            return "no neighbour has a value"
        case Audience():
            return "no user is known" if column == d.columns[0] else "no such user in the window"
    raise TypeError(f"{column}: {type(d).__name__} has no rule for nulls. Add one to _null_rule")


def _null_rule_at_event(d: Feature) -> str:
    rules = [] if ORDERS.column(d.by).required else [f"the order has no {d.by}"]
    if d.risk:
        rules.append("no verdict had arrived")
    if d.aggregation not in ADDED_UP:
        rules.append("no such order in the window")
    return ", or ".join(rules)
