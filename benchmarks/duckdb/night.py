"""A night as one DuckDB script over the raw events: the features of every entity, without stored tiles."""

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
    """Return the FROM items of tables, with the events that had arrived by the day."""
    files = {name: {ds: paths for ds, paths in lake.files(name).items() if ds <= day} for name in TABLES}

    def of(name: str, window: int) -> str:
        inside = {ds: paths for ds, paths in files[name].items() if (day - ds).days < window}
        # DuckDB needs at least one file. Without files in the window all are read, and conditions exclude their rows.
        chosen = [f"{lake.root}/{name}/{path}" for paths in (inside or files[name]).values() for path in paths]
        return f"read_parquet({chosen})"

    return of


def connect(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Return a connection with Spark's settings here: UTC, and the same number of cores."""
    db = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False,
                                "temp_directory": tempfile.gettempdir()})
    db.sql("SET TimeZone = 'UTC'")
    return db


def features(db: duckdb.DuckDBPyConnection, rows: Events, day: dt.date,
             step_done: Callable[[str], None] = lambda step: None) -> dict[str, pa.Table]:
    """Compute the features of every entity as of the day: (ds, entity id, slices, `columns`) by entity.

    Args:
        rows: FROM items of events, without later arrivals than the day.
        step_done: called after every step with its name, to time the step.
    """
    for entity, wanted in AS_OF_DAY.items():
        value_tables = _value_tables(db, wanted, rows, day)
        step_done(f"{entity}: values")
        _create(db, f"{entity}_own", feature_script.own_features(wanted, rows, day, value_tables))
        step_done(f"{entity}: own features")
        if wanted.of_type(SharedIdentifier):
            _create(db, f"{entity}_identifiers", link_script.shared_identifiers(
                wanted, rows(wanted.profile.name, LIFETIME), value_tables))
            _create(db, f"{entity}_confirmed", link_script.confirmed(rows("verdicts", LIFETIME), entity))
            step_done(f"{entity}: shared identifiers")
    return {entity: _linked(db, wanted, day, step_done) for entity, wanted in AS_OF_DAY.items()}


def _value_tables(db: duckdb.DuckDBPyConnection, wanted: FeatureSet, rows: Events, day: dt.date) -> dict[str, str]:
    """Create tables of values with several readers: distinct counts, shared identifiers and audiences."""
    linked = {name for shared in wanted.of_type(SharedIdentifier) for name in shared.of} \
        | {audience.of for audience in wanted.of_type(Audience)}
    tables = {f.name: f"{wanted.entity}_{f.name}" for f in wanted.distinct_features if f.name in linked}
    for f in wanted.distinct_features:
        if f.name in tables:
            _create(db, tables[f.name], feature_script.values(f, wanted, rows, day, feature_script.reach(f, wanted)))
    return tables


def _linked(db: duckdb.DuckDBPyConnection, wanted: FeatureSet, day: dt.date,
            step_done: Callable[[str], None]) -> pa.Table:
    entity, parts = wanted.entity, []
    if wanted.of_type(SharedIdentifier):
        parts.append(_create(db, f"{entity}_sharers", link_script.sharers(wanted)))
    if wanted.of_type(Neighbours):
        parts.append(_create(db, f"{entity}_neighbours", link_script.neighbour_means(wanted)))
        step_done(f"{entity}: neighbours")
    for d in wanted.of_type(Component):
        sizes = link_script.group_sizes(db, entity).rename_columns(["account", d.name])
        db.register(f"{entity}_groups", sizes)
        parts.append(f"{entity}_groups")
        step_done(f"{entity}: groups")
    for audience in wanted.of_type(Audience):
        parts.append(_create(db, f"{entity}_{audience.name}_audience",
                             link_script.audience_columns(wanted, audience, f"{entity}_{audience.of}", day)))
        step_done(f"{entity}: audience of {audience.name}s")
    table = db.sql(link_script.all_columns(wanted, parts)).to_arrow_table()
    step_done(f"{entity}: all columns")
    return table


def _create(db: duckdb.DuckDBPyConnection, name: str, select: str) -> str:
    db.sql(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")
    return name
