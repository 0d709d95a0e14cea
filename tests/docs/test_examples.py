"""The two source folders over the real inputs: every line accounted for, and days that do not depend on each other."""

import datetime as dt
import re

import pytest

from features.inputs.tables import TABLES
from jobs.ingestion.ingest_days import ingest
from jobs.ingestion.ingest_log import LOG
from jobs.ingestion.source_queries import read_source, source_counts
from jobs.runtime.day_ranges import days_between
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day

EXAMPLES = REPOSITORY / "examples"

# Lines of a day's file, counted outside of Vigil. The days of the shop lie apart: those between are not read.
LINES = {"online_retail": {day("2010-12-01"): {"orders": 3082, "cases": 26},
                           day("2011-01-04"): {"orders": 1170, "cases": 14}},
         "handbook": {day("2018-06-01"): {"orders": 9558}, day("2018-06-02"): {"orders": 9576},
                      day("2018-06-03"): {"orders": 9586}}}

# Sail cannot parse the SELECTs of the shop.
pytestmark = [pytest.mark.real, pytest.mark.engine("spark")]


def selected(spark, real_data, example, table, days):
    return read_source(spark, EXAMPLES / example, real_data / example, TABLES[table], days)


@pytest.fixture(scope="module", params=LINES)
def taken_in(request, spark, real_data, tmp_path_factory):
    """(example, the log by table and day, the run's settings) after some days in one call."""
    example = request.param
    home = tmp_path_factory.mktemp(example)
    (home / "lake").mkdir()
    config = load_settings({"VIGIL_HOME": str(home), "VIGIL_SOURCES": str(EXAMPLES / example),
                            "VIGIL_RAW": str(real_data / example)})
    lake = Lake(config.lake, "examples")
    ingest(spark, config, lake, list(LINES[example]))
    rows = lake.written_arrow(lake.staged(LOG)).to_table().to_pylist()
    return example, {(row["table"], row["ds"]): row for row in rows}


def test_every_line_of_a_day_is_accounted_for(taken_in):
    example, log = taken_in
    for ds, tables in LINES[example].items():
        for table, lines in tables.items():
            assert log[table, ds]["rows_in"] == lines
    for row in log.values():
        assert row["rows_in"] == row["kept"] + row["quarantined"] + row["dropped"]


def test_the_handbook_breaks_no_rule_and_the_shop_some(taken_in):
    example, log = taken_in
    aside = sum(row["quarantined"] for row in log.values())
    dropped = sum(row["dropped"] for row in log.values())
    assert (aside == dropped == 0) if example == "handbook" else (aside > 0 and dropped > 0)


def test_all_lines_of_the_shop_are_there(spark, real_data):
    everything = days_between(day("2010-12-01"), day("2011-12-09"))
    counts = {table: selected(spark, real_data, "online_retail", table, everything).count()
              for table in ("orders", "cases")}
    assert counts == {"orders": 532_621, "cases": 9_288}


def test_the_last_day_of_the_handbook_is_found(spark, real_data):
    counts = source_counts(spark, EXAMPLES / "handbook", real_data / "handbook", [TABLES["orders"]], day("2018-04-03"))
    assert sorted(ds for _, ds in counts) == [day("2018-04-01"), day("2018-04-02"), day("2018-04-03")]


@pytest.mark.parametrize("table", ["cases", "verdicts"])
def test_a_range_of_the_handbook_is_the_union_of_its_days(spark, real_data, table):
    days = [day("2018-06-08") + dt.timedelta(days=n) for n in range(3)]
    whole = selected(spark, real_data, "handbook", table, days)
    one_by_one = [row for each in days for row in selected(spark, real_data, "handbook", table, [each]).collect()]
    assert sorted(whole.collect()) == sorted(one_by_one)
    assert one_by_one


def test_no_select_reads_the_answer_key():
    for file in EXAMPLES.glob("*/*.sql"):
        code = re.sub(r"--.*", "", file.read_text())
        assert "TX_FRAUD_SCENARIO" not in code.upper(), file
