"""A whole night on simulated files, through Airflow, and what must hold of it.

It runs on Sail; test_night_on_cluster.py runs the same night on Spark.
"""

from datetime import date

import pytest

from jobs.storage.lake import Lake
from tests.support.prepared_night import DAY, ENTITIES, call, no_java, terminal_of

pytestmark = pytest.mark.end_to_end


def test_a_run_ends_with_the_riskiest_and_three_commands(first_night):
    told = terminal_of(first_night)
    assert f"The 10 riskiest users of {DAY}" in told
    assert told.count("make ") >= 3


def test_every_risk_table_holds_every_active_entity_and_every_order_of_the_day(first_night):
    lake = Lake(str(first_night / "lake"))
    for entity in ENTITIES:
        assert lake.counts(f"{entity}_risk_daily")[date.fromisoformat(DAY)] == \
            lake.counts(f"{entity}_features")[date.fromisoformat(DAY)]


def test_no_java_is_left_behind(first_night):
    assert no_java(first_night)


def test_sql_reaches_every_table_by_name(first_night):
    told = call(first_night, "jobs.commands.sql",
                "select count(*) as n from seller_risk_daily r join validations v on v.ds = r.ds")
    assert "n" in told
