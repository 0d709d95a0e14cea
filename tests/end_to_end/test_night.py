"""A whole night on simulated files, through Airflow on Spark, and what must hold of it; the same night on Sail."""

from datetime import date

import pytest

from features.inputs.tables import TABLES
from jobs.ingestion.ingest_log import LOG
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.prepared_night import DAY, ENTITIES, PUBLISHED, call, no_java, share_models, terminal_of

pytestmark = pytest.mark.end_to_end


def test_a_run_ends_with_the_riskiest_and_three_commands(first_night):
    told = terminal_of(first_night)
    assert f"The 10 riskiest sellers of {DAY}" in told
    assert told.count("make ") >= 3


def test_every_risk_table_holds_every_active_entity_and_every_order_of_the_day(first_night):
    lake = Lake(str(first_night / "lake"))
    for entity in ENTITIES:
        assert lake.counts(f"{entity}_risk_daily")[date.fromisoformat(DAY)] == \
            lake.counts(f"{entity}_features")[date.fromisoformat(DAY)]


def test_a_night_on_sail_writes_the_same_rows_to_every_table(first_night, tmp_path):
    """Every table of the lake, events and what was put aside among them; features as the night needs them, one day."""
    share_models(first_night, tmp_path)
    call(tmp_path, "dags.runner.run", "nightly", "--ds", DAY, ENGINE="sail", VIGIL_LANDING=str(first_night / "landing"))
    by_spark, by_sail = Lake(str(first_night / "lake")), Lake(str(tmp_path / "lake"))
    assert {"quarantine", LOG, *TABLES, *PUBLISHED} <= set(by_sail.tables()) <= set(by_spark.tables())
    days = {table: by_sail.days(table) for table in by_sail.tables()}
    found = {table: (row_checksum(by_spark, table, own), row_checksum(by_sail, table, own)) for table,
             own in days.items()}
    assert {table: both for table, both in found.items() if both[0] != both[1]} == {}


def test_no_java_is_left_behind(first_night):
    assert no_java(first_night)


def test_sql_reaches_every_table_by_name(first_night):
    told = call(first_night, "jobs.commands.sql",
                "select count(*) as n from seller_risk_daily r join validations v on v.ds = r.ds")
    assert "n" in told
