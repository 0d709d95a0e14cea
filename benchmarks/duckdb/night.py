"""A night as one DuckDB script over the raw events: the features of every entity, and nothing kept from yesterday."""

import datetime as dt
import tempfile
from collections.abc import Callable

import duckdb
import pyarrow as pa

from benchmarks.duckdb import feature_script, link_script
from benchmarks.duckdb.feature_script import Events
from features.entities import AS_OF_DAY
from features.inputs.tables import TABLES
from features.language.feature import LIFETIME, Audience, Component, Neighbours, SharedIdentifier
from features.language.feature_set import FeatureSet
from jobs.storage.lake import Lake


def events(lake: Lake, day: dt.date) -> Events:
    """What to select a table's events from, as far as they had arrived by the day."""
    files = {name: {ds: paths for ds, paths in lake.files(name).items() if ds <= day} for name in TABLES}

    def of(name: str, window: int) -> str:
        inside = {ds: paths for ds, paths in files[name].items() if (day - ds).days < window}
        # No file at all is no table: conditions then leave no row of the others.
        chosen = [f"{lake.root}/{name}/{path}" for paths in (inside or files[name]).values() for path in paths]
        return f"read_parquet({chosen})"

    return of


def connect(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A connection that computes as Spark does here: in UTC, on as many cores."""
    db = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False,
                                "temp_directory": tempfile.gettempdir()})
    db.sql("SET TimeZone = 'UTC'")
    return db


def features(db: duckdb.DuckDBPyConnection, rows: Events, day: dt.date,
             told: Callable[[str], None] = lambda step: None) -> dict[str, pa.Table]:
    """The features of every entity as of the day: (ds, entity id, slices, `columns`) by entity.

    Args:
        rows: what to select events from; nothing that arrived after the day may be among them.
        told: is called after every step with its name, to time it.
    """
    for entity, wanted in AS_OF_DAY.items():
        held = _held(db, wanted, rows, day)
        told(f"{entity}: values")
        _keep(db, f"{entity}_own", feature_script.own_features(wanted, rows, day, held))
        told(f"{entity}: own features")
        if wanted.of_type(SharedIdentifier):
            _keep(db, f"{entity}_ties", link_script.ties(wanted, rows(wanted.profile.name, LIFETIME), held))
            _keep(db, f"{entity}_confirmed", link_script.confirmed(rows("verdicts", LIFETIME), entity))
            told(f"{entity}: ties")
    return {entity: _linked(db, wanted, day, told) for entity, wanted in AS_OF_DAY.items()}


def _held(db: duckdb.DuckDBPyConnection, wanted: FeatureSet, rows: Events, day: dt.date) -> dict[str, str]:
    """Tables of the values that are looked at more than once: by distinct counts, ties and circles."""
    tied = {name for tie in wanted.of_type(SharedIdentifier) for name in tie.of} | {c.of for c in wanted.of_type(Audience)}
    held = {f.name: f"{wanted.entity}_{f.name}" for f in wanted.distinct_features if f.name in tied}
    for f in wanted.distinct_features:
        if f.name in held:
            _keep(db, held[f.name], feature_script.values(f, wanted, rows, day, feature_script.reach(f, wanted)))
    return held


def _linked(db: duckdb.DuckDBPyConnection, wanted: FeatureSet, day: dt.date,
            told: Callable[[str], None]) -> pa.Table:
    entity, parts = wanted.entity, []
    if wanted.of_type(SharedIdentifier):
        parts.append(_keep(db, f"{entity}_sharers", link_script.sharers(wanted)))
    if wanted.of_type(Neighbours):
        parts.append(_keep(db, f"{entity}_neighbours", link_script.neighbour_means(wanted)))
        told(f"{entity}: neighbours")
    for d in wanted.of_type(Component):
        sizes = link_script.group_sizes(db, entity).rename_columns(["account", d.name])
        db.register(f"{entity}_groups", sizes)
        parts.append(f"{entity}_groups")
        told(f"{entity}: groups")
    for circle in wanted.of_type(Audience):
        parts.append(_keep(db, f"{entity}_{circle.name}_circle",
                           link_script.circles(wanted, circle, f"{entity}_{circle.of}", day)))
        told(f"{entity}: circle of {circle.name}s")
    found = db.sql(link_script.together(wanted, parts)).to_arrow_table()
    told(f"{entity}: together")
    return found


def _keep(db: duckdb.DuckDBPyConnection, name: str, select: str) -> str:
    db.sql(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")
    return name
