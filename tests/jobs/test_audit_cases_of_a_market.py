"""The planted bias of a small demo marketplace (simulated), as its nights and the step audit_cases find it."""

import datetime as dt

import pytest

from features.inputs.tables import TABLES
from jobs import attribute_cases, audit_cases, train_cases
from jobs.settings import load_settings
from jobs.simulate import __main__ as simulate
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.studies.landed_views import attach
from tests.support.case_homes import enter
from tests.support.demo_markets import UNTIL, arguments

pytestmark = [pytest.mark.engine("sail"), pytest.mark.slow]
BIAS, AGAINST = 0.1, {"attribute": "seller region and size", "group": "islands, small"}
NIGHTS = 8


@pytest.fixture(scope="module")
def rows(spark, tmp_path_factory):
    """The table of the last day, after some nights with a champion."""
    home = tmp_path_factory.mktemp("market")
    simulate.main(arguments(home, "--desk-bias", str(BIAS), "--second-reviews", "1"))
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, home, spark)
        config = load_settings()
        kept(home / "landing", Lake(config.lake))
        named = ["--ds", str(UNTIL), "--run-id"]
        train_cases.main([*named, "t"])
        attribute_cases.main([*named, "n", "--from", str(UNTIL - dt.timedelta(NIGHTS))])
        audit_cases.main([*named, "n"])
    return Lake(config.lake).arrow("case_fairness_weekly", [UNTIL]).to_table().to_pylist()


def kept(landing, lake: Lake) -> None:
    """Commit the landed events; what ingesting makes of them is not asked here."""
    with connect() as db:
        attach(db, landing, list(TABLES), UNTIL)
        for name in TABLES:
            schema = arrow_schema(catalog.find(name))
            found = db.sql(f"SELECT {', '.join(schema.names)} FROM {name}").to_arrow_table().cast(schema)
            lake.commit(lake.write_table(found, name, found["ds"].unique().to_pylist()))


def row_of(rows, **names):
    found, = (row for row in rows if (row["weeks"], row["decider"]) == (13, "desk") and all(
        row[name] == value for name, value in names.items()))
    return found


def test_the_planted_bias_lies_in_the_interval_of_the_step(rows):
    row = row_of(rows, **AGAINST, metric="false_blame_seller", test="gap")
    assert row["n"] > 20 and row["gap_lo"] <= BIAS <= row["gap_hi"]


def test_cases_that_a_night_saw_are_compared_with_others_of_the_same_evidence(rows):
    row = row_of(rows, **AGAINST, metric="blame_seller", test="same evidence")
    assert row["n"] > 3 and row["gap_lo"] <= BIAS <= row["gap_hi"]


def test_the_desk_is_called_for_no_other_group(rows):
    called = {(row["attribute"], row["group"]) for row in rows if row["decider"] == "desk" and row["q"] is not None
              and row["q"] <= 0.05}
    assert called <= {tuple(AGAINST.values())}
