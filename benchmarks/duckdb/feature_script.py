"""The features of one entity as of one day, as one DuckDB script over the raw events.

The script is generated from the feature definitions, so it always computes every column. Its form was the fastest of
several handwritten ones. It reads each table once for sums, counts and extremes, with one FILTER per aggregate, over
the widest window. A distinct count is two plain groupings, by value with its latest day, and by entity.
COUNT(DISTINCT ...) FILTER was rejected: it builds a set for each entity and window.

`benchmarks/duckdb/link_script.py` computes the features over shared identifiers.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from features.inputs.contract import AsOfJoin, Source
from features.language.feature import (
    LIFETIME,
    LOOKBACK_DAYS,
    Attribute,
    Audience,
    Change,
    Feature,
    Peer,
    Ratio,
    SharedIdentifier,
    adds_up,
    column_of,
    of_source,
)
from features.language.feature_set import FeatureSet

# Spark SQL's expressions with another syntax in DuckDB: pattern, replacement.
DIALECT = (
    (r"(\S+\(\w+\)) RLIKE ('[^']*')", r"regexp_matches(\1, \2)"),
    (r"regexp_replace\((.*?), '\[\^\\\\p\{L\}\]\+', ' '\)", r"regexp_replace(\1, '[^\\p{L}]+', ' ', 'g')"),
    (r"unix_timestamp\((\w+)\)", r"(epoch_us(\1) // 1000000)"),
    (r"\bdiv\b", "//"),
    (r"datediff\((.*), (CAST\(\w+ AS date\))\)", r"(\1 - \2)"),
    (r"\bsize\(", "len("),
    (r"array_join\(", "array_to_string("),
)

# Returns the FROM item of a table and a number of last days; files of other days are not opened.
Events = Callable[[str, int], str]


def dialect(sql: str) -> str:
    """Translate a condition or an expression of a definition to DuckDB's SQL."""
    for pattern, replacement in DIALECT:
        sql = re.sub(pattern, replacement, sql)
    return sql


def own_features(features: FeatureSet, events: Events, day: dt.date,
                 value_tables: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a SELECT of (ds, entity id, slices, `features.base_columns`) of every entity with a row on the day.

    Args:
        events: events of every table that features aggregate; every table must exist.
        day: the as-of day; events must not contain later arrivals.
        value_tables: existing tables of `values`, by the name of the distinct count.
    """
    parts = {"account": _account(features, events, day),
             **{f"of_{source.name}": _totals(source, features, events, day) for source in features.sources
                if of_source(source, features.tile_features)},
             **{f"of_{f.name}": _distinct(f, features, day, value_tables.get(f.name) or
                                          f"({values(f, features, events, day, max(f.windows))})")
                for f in features.distinct_features}}
    steps = {"population": _population(features, events, day), **parts, "base": _base(features, list(parts), day),
             "ratios": f"SELECT *, {_derived(features, Ratio)} FROM base",
             "changes": f"SELECT *, {_derived(features, Change)} FROM ratios",
             "peers": f"SELECT *, {', '.join(_peer(p, features) for p in features.of_type(Peer))} FROM changes"}
    clauses = ",\n".join(f"{name} AS ({select})" for name, select in steps.items())
    return (f"WITH {clauses}\nSELECT DATE '{day}' AS ds, {features.id}, "
            f"{', '.join([*features.slice_columns, *features.base_columns])} FROM peers")


def values(feature: Feature, features: FeatureSet, events: Events, day: dt.date, window: int) -> str:
    """Return a SELECT of (entity id, value, last = the value's latest day) of a distinct count, over a window."""
    conditions = [f"{features.id} IS NOT NULL", f"{dialect(feature.expression)} IS NOT NULL", _arrived(window, day),
                  _condition(feature)]
    return (f"SELECT {features.id}, CAST({dialect(feature.expression)} AS VARCHAR) AS value, max(ds) AS last "
            f"FROM {source_rows(feature.source, events, day, window)} WHERE {' AND '.join(conditions)} GROUP BY ALL")


def reach(feature: Feature, features: FeatureSet) -> int:
    """Return the widest window that reads a distinct count's values, also by shared identifiers and audiences."""
    is_shared = any(feature.name in shared.of for shared in features.of_type(SharedIdentifier))
    audiences = [audience.window for audience in features.of_type(Audience) if audience.of == feature.name]
    return max(*feature.windows, *audiences, LOOKBACK_DAYS if is_shared else 0, 0)


def source_rows(source: Source, events: Events, day: dt.date, window: int) -> str:
    """Return the FROM item of a source: a table, or an as-of join as in features/inputs/as_of_join.py."""
    if not isinstance(source, AsOfJoin):
        return events(source.name, window)
    left, right = source.left, source.right
    columns = dict.fromkeys(("ds", right.event_time, right.key, *source.take))
    row = f"struct_pack({', '.join(f'{name} := r.{name}' for name in columns)})"
    latest = ", ".join(f"latest.{name} AS {name}" for name in source.take)
    left_columns = [f"l.{name}" for name in ("ds", *left.names) if name not in source.take]
    return (f"(WITH l AS (SELECT * FROM {events(left.name, window)} WHERE {_arrived(window, day)}), "
            f"known AS (SELECT l.{left.key}, l.ds, max({row}) AS latest "
            f"FROM l JOIN {events(right.name, window + source.days)} r ON r.{source.on} = l.{source.on} "
            f"AND r.ds BETWEEN l.ds - {source.days} AND l.ds GROUP BY ALL) "
            f"SELECT {', '.join(left_columns)}, {latest} FROM l LEFT JOIN known USING ({left.key}, ds))")


def _population(features: FeatureSet, events: Events, day: dt.date) -> str:
    """Return a SELECT of every entity with an event or a registration in the last 90 days."""
    tables = [source_rows(source, events, day, LOOKBACK_DAYS) if features.id in getattr(source, "take", ())
              else events(source.tables[0].name, LOOKBACK_DAYS) for source in features.sources]
    parts = [f"SELECT {features.id} FROM {table} WHERE {_arrived(LOOKBACK_DAYS, day)} AND {features.id} IS NOT NULL"
             for table in dict.fromkeys([events(features.profile.name, LOOKBACK_DAYS), *tables])]
    return f"SELECT DISTINCT {features.id} FROM ({' UNION ALL '.join(parts)})"


def _account(features: FeatureSet, events: Events, day: dt.date) -> str:
    """Return a SELECT of slices and attributes from each entity's latest registration row."""
    columns = [f"CAST({dialect(d.value).replace('as_of', f'''DATE '{day}' ''')} AS BIGINT) AS {d.name}"
               for d in features.of_type(Attribute)]
    return (f"SELECT {', '.join([features.id, *features.slice_columns, *columns])} "
            f"FROM {events(features.profile.name, LIFETIME)} "
            f"QUALIFY row_number() OVER (PARTITION BY {features.id} ORDER BY ds DESC) = 1")


def _totals(source: Source, features: FeatureSet, events: Events, day: dt.date) -> str:
    """Return a SELECT of all features of one table except distinct counts."""
    aggregated = of_source(source, features.tile_features)
    window = max(window for f in aggregated for window in f.windows)
    columns = [f"{_aggregate(f)} FILTER ({_arrived(w, day)} AND {_condition(f)}) AS {column}"
               for f in aggregated for w, column in zip(f.windows, f.columns)]
    return (f"SELECT {features.id}, {', '.join(columns)} FROM {source_rows(source, events, day, window)} "
            f"WHERE {features.id} IS NOT NULL AND {_arrived(window, day)} GROUP BY {features.id}")


def _condition(feature: Feature) -> str:
    return f"({dialect(feature.where)})" if feature.where else "true"


def _aggregate(feature: Feature) -> str:
    if feature.aggregation == "count":
        return "count(*)"
    if feature.aggregation in ("first", "last"):
        return f"{'min' if feature.aggregation == 'first' else 'max'}(CAST({feature.source.event_time} AS DATE))"
    return f"{feature.aggregation}({dialect(feature.expression)})"


def _distinct(feature: Feature, features: FeatureSet, day: dt.date, rows: str) -> str:
    columns = [f"count(*) FILTER (last > DATE '{day}' - {window}) AS {column}"
               for window, column in zip(feature.windows, feature.columns)]
    return f"SELECT {features.id}, {', '.join(columns)} FROM {rows} GROUP BY {features.id}"


def _base(features: FeatureSet, parts: Sequence[str], day: dt.date) -> str:
    columns = [_known(d, column, day) for d in features.of_type(Feature, Attribute) for column in d.columns]
    joins = " ".join(f"LEFT JOIN {part} USING ({features.id})" for part in parts)
    return f"SELECT {', '.join([features.id, *features.slice_columns, *columns])} FROM population {joins}"


def _known(d: Feature | Attribute, column: str, day: dt.date) -> str:
    """Return a column's expression: a count, sum or distinct count without rows is 0, a first or last is in days."""
    if isinstance(d, Feature) and d.aggregation in ("first", "last"):
        return f"CAST(DATE '{day}' - {column} AS BIGINT) AS {column}"
    if isinstance(d, Feature) and d.aggregation in ("count", "sum", "distinct"):
        return f"CAST(coalesce({column}, 0) AS BIGINT) AS {column}"
    return f"CAST({column} AS BIGINT) AS {column}"


def _derived(features: FeatureSet, kind: type) -> str:
    columns = []
    for d in features.of_type(kind):
        if isinstance(d, Ratio):
            columns += [_divided(column_of(d.of, w), column_of(d.to, w), c) for w, c in zip(d.windows, d.columns)]
        else:
            scale = (d.long, d.short) if adds_up(features.named(d.of)) else (1, 1)
            columns.append(_divided(column_of(d.of, d.short), column_of(d.of, d.long), d.columns[0], *scale))
    return ", ".join(columns)


def _divided(over: str, under: str, name: str, times: int = 1, by: int = 1) -> str:
    return f"CAST({over} AS DOUBLE) * {times} / nullif(CAST({under} AS DOUBLE) * {by}, 0) AS {name}"


def _peer(peer: Peer, features: FeatureSet) -> str:
    of, among = features.named(peer.of), f"OVER (PARTITION BY {', '.join(peer.by)})"
    column = column_of(peer.of, peer.window)
    over, under = ((f"sum({column_of(part, peer.window)})" for part in (of.of, of.to)) if isinstance(of, Ratio)
                   else (f"sum({column})", f"count({column})"))
    mean = f"(CAST({over} {among} AS DOUBLE) / nullif(CAST({under} {among} AS DOUBLE), 0))"
    return f"CAST({column} AS DOUBLE) / nullif({mean}, 0) AS {peer.columns[0]}"


def _arrived(window: int, day: dt.date) -> str:
    return "true" if window == LIFETIME else f"ds > DATE '{day}' - {window}"
