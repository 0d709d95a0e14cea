"""The four tables about actions, as the demo marketplace lands them: on every day, and by their contracts."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from features.inputs.masking import Key
from features.inputs.tables import TABLES
from features.inputs.validation import validate_rows
from jobs.ingestion.landing import read_landing
from jobs.simulate.action_tables import EMPTY
from jobs.simulate.landing import FORMATS
from jobs.simulate.pairs import WITHOUT
from jobs.simulate.rows import count
from tests.support.demo_markets import DAYS, UNTIL

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = [pytest.mark.engine("sail"), pytest.mark.slow]

LANDED = [UNTIL - timedelta(days=back) for back in range(DAYS)]


@pytest.mark.parametrize("table", EMPTY)
def test_a_table_lands_on_every_day_with_the_columns_of_its_contract(spark, world_pair, table):
    for home in (world_pair, world_pair / WITHOUT):
        folder = home / "landing" / table
        assert {path.name for path in folder.iterdir()} == {f"ds={day}" for day in LANDED}
    rows = read_landing(spark, world_pair / "landing", TABLES[table], LANDED)
    assert set(TABLES[table].names) <= set(rows.columns)


@pytest.mark.parametrize("table", EMPTY)
def test_without_actions_it_has_no_row(spark, world_pair, table):
    assert count(EMPTY[table]) == 0
    assert read_landing(spark, world_pair / WITHOUT / "landing", TABLES[table], LANDED).count() == 0


@pytest.mark.parametrize("table", [table for table in EMPTY if table != "overrides"])
def test_its_rows_break_no_rule(spark, world_pair, table):
    rows = read_landing(spark, world_pair / "landing", TABLES[table], LANDED)
    judged = validate_rows(rows, TABLES[table], Key(b"k" * 32))
    assert judged.count() > 20
    assert judged.where("size(broken) > 0").select("broken").collect() == []


def test_an_empty_parquet_file_has_the_types_of_a_full_one(world_pair):
    schemas = {str(pq.read_schema(path).remove_metadata())
               for home in (world_pair, world_pair / WITHOUT)
               for path in (home / "landing" / "actions_taken").rglob("*.parquet")}
    assert FORMATS["actions_taken"] == "parquet" and len(schemas) == 1
