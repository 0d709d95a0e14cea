"""A loop of one week: nights on real steps decide twice, and the demo marketplace answers what they decided."""

import csv
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from jobs.simulate.landing import FORMATS
from jobs.storage.lake import Lake
from jobs.studies.decision_loop import world_action
from tests.support.prepared_night import call

pytestmark = pytest.mark.end_to_end

UNTIL, HISTORY = date(2026, 11, 20), 60
FIRST = UNTIL - timedelta(days=6)
HANDED_OVER = {str(FIRST + timedelta(days=3)), str(UNTIL)}  # after four days, and on the last day


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    """A home after the loop, and what it printed."""
    home = tmp_path_factory.mktemp("loop")
    printed = call(home, "jobs.studies.decision_loop", "--until", str(UNTIL), "--weeks", "1", "--history", str(HISTORY),
                   "--step", "4", ENGINE="sail")
    return home, printed


def asked(home):
    return list(csv.DictReader((home / "loop" / "actions.csv").open()))


def test_every_night_of_the_week_decides(loop):
    home, _ = loop
    assert Lake(str(home / "lake")).days("decision_daily") == [FIRST + timedelta(days=n) for n in range(7)]


def test_live_decisions_become_actions_of_the_day_on_which_they_are_handed_over(loop):
    home, _ = loop
    decisions = {row["decision_id"]: row
                 for row in Lake(str(home / "lake")).arrow("decision_daily").to_table().to_pylist()}
    rows = asked(home)
    assert len(rows) > 20 and {row["ds"] for row in rows} == HANDED_OVER
    for row in rows:
        decision = decisions[row["decision_id"]]
        assert decision["mode"] == "live" and str(decision["ds"]) <= row["ds"]
        if row["action"] == "sample":
            assert float(row["inclusion_probability"]) == decision["sampled_with"]
        else:
            assert decision["suppressed_by"] is None and row["asked"] == decision["action"]
            assert row["action"] == world_action(row["entity"], row["asked"])


def test_what_was_carried_out_lands_and_is_ingested(loop):
    home, _ = loop
    wanted = {row["decision_id"] for row in asked(home) if row["ds"] < str(UNTIL) and row["action"] == "sample"}
    drawn = Lake(str(home / "lake")).arrow("review_samples").to_table().to_pylist()
    assert wanted and wanted <= {row["sample_id"] for row in drawn}
    assert {row["ds"] for row in drawn if row["verdict"] is not None}


def test_the_landing_folder_has_each_day_once_and_the_days_that_the_simulation_last_made(loop):
    home, _ = loop
    landed = sorted((home / "landing").rglob("part-0.*"))
    assert len(landed) == len(FORMATS) * (HISTORY + 7)
    again = home / "loop"
    assert all(path.read_bytes() == (again / path.relative_to(home)).read_bytes() for path in landed)


def test_it_prints_what_the_actions_prevented_and_cost(loop):
    home, printed = loop
    lines = [line for line in printed.splitlines() if "loss prevented" in line]
    assert len(lines) == 3 and f"{FIRST} to {UNTIL}" in lines[-1]
    prevented = sum(pq.read_table(home / "truth" / "prevented.parquet")["loss_prevented_cents"].to_pylist())
    assert f"loss prevented {prevented / 100:,.0f}" in lines[-1]
