"""The tables of a real lake are the tables of the catalog, in both directions."""

import os
import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from jobs.commands import sql
from jobs.settings import REPOSITORY
from jobs.storage import catalog
from jobs.storage.catalog import OutputTable
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake

pytestmark = pytest.mark.end_to_end

TABLES = catalog.tables()


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """The lake of a small demo marketplace (simulated), after a night and the labels of a training."""
    home = tmp_path_factory.mktemp("whole")
    env = {**os.environ, "VIGIL_HOME": str(home), "ENGINE": "sail", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "tests/support/whole_lake.py"], cwd=REPOSITORY, env=env, text=True,
                          capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Lake(f"{home}/lake")


def rows(lake, table: OutputTable) -> pa.Table:
    """The rows of a table."""
    return lake.arrow(table.name).to_table()


def test_a_night_writes_no_table_that_is_not_declared(lake):
    assert set(lake.tables()) - {table.name for table in TABLES} == set()


def test_a_night_writes_every_declared_table_that_is_not_optional(lake):
    assert {table.name for table in TABLES if not table.optional} - set(lake.tables()) == set()


def test_the_demo_has_every_optional_table_too_so_that_all_are_compared(lake):
    assert {table.name for table in TABLES if table.optional} - set(lake.tables()) == set()


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_table_has_exactly_the_declared_columns_and_types(lake, table):
    found = {field.name: field.type for field in rows(lake, table).schema}
    assert found == {field.name: field.type for field in arrow_schema(table)}


@pytest.mark.parametrize("table", [table for table in TABLES if table.key], ids=str)
def test_no_two_rows_of_a_table_have_the_same_key(lake, table):
    found = rows(lake, table)
    assert found.num_rows
    assert found.group_by(list(table.key)).aggregate([]).num_rows == found.num_rows


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_column_that_is_declared_as_never_null_has_no_null(lake, table):
    found = rows(lake, table)
    never = [column.name for column in table.columns if not column.null]
    assert {name: found[name].null_count for name in never if found[name].null_count} == {}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_column_with_a_closed_set_has_no_other_value(lake, table):
    found = rows(lake, table)
    for column in table.columns:
        if column.values and column.type == "string":
            assert set(found[column.name].unique().to_pylist()) - {None} <= set(column.values), column.name


def test_results_of_audits_have_exactly_the_declared_columns(lake):
    assert {name for row in lake.validations() for name in row} == set(catalog.VALIDATIONS.names)


def test_every_example_runs_in_make_sql_and_finds_rows(lake):
    with duckdb.connect() as db:
        sql.attach(db, lake, [])  # the results of audits
        for table in TABLES:
            db.register(table.name, rows(lake, table))
        found = {table.name: len(db.sql(table.example).fetchall()) for table in TABLES}
        db.sql(catalog.VALIDATIONS.example)
    assert [name for name, count in found.items() if not count] == []
