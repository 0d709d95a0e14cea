"""The rival script computes the same features as the plain loops, on generated worlds."""

import datetime as dt

import duckdb
import pyarrow as pa
import pytest

from benchmarks.benchmark_lake import ARROW
from benchmarks.duckdb.feature_script import own_features
from features.entities import AS_OF_DAY
from features.inputs.tables import TABLES
from tests.support.builders import TODAY
from tests.support.generated_events import WORLDS
from tests.support.oracle.windows import features_as_of


@pytest.fixture(scope="module")
def db():
    """The generated world, as far as it had arrived, as tables of DuckDB."""
    world = WORLDS["whole"]
    with duckdb.connect() as connection:
        connection.sql("SET TimeZone = 'UTC'")
        for name, rows in (world.events | world.accounts).items():
            connection.register(name, arrow(TABLES[name], [row for row in rows if row["ds"] <= TODAY]))
        yield connection


def arrow(table, rows: list[dict]) -> pa.Table:
    schema = pa.schema([*((c.name, ARROW[c.type]) for c in table.columns), ("ds", pa.date32())])
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)


@pytest.mark.parametrize("entity", AS_OF_DAY)
def test_the_script_and_the_plain_loops_agree_on_every_own_column(db, entity):
    features, world = AS_OF_DAY[entity], WORLDS["whole"]
    script = own_features(features, lambda table, window: table, TODAY)
    found = {row[features.id]: row for row in db.sql(script).to_arrow_table().to_pylist()}
    expected = features_as_of(features, world.events, world.accounts[features.profile.name], world.first_days, [TODAY])
    assert found.keys() == {who for _, who in expected}
    columns = [*features.slice_columns, *features.base_columns]
    assert [(who, c, found[who][c], row[c]) for (_, who), row in expected.items() for c in columns
            if found[who][c] != row[c] or type(found[who][c]) is not type(row[c])][:5] == []


def test_a_day_ends_with_what_had_arrived(db):
    features = AS_OF_DAY["seller"]
    script = own_features(features, lambda table, window: table, TODAY)
    assert {row[0] for row in db.sql(f"SELECT ds FROM ({script})").fetchall()} == {dt.date(2026, 11, 20)}
