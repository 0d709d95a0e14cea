"""One run through Airflow on real files, and what must hold of it."""

import os
import subprocess
import sys
from datetime import date

import pytest

from jobs.digest import digest
from jobs.lake import Lake
from jobs.settings import REPOSITORY

DAY = "2026-11-20"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A small demo marketplace (simulated), landed and run once."""
    home = tmp_path_factory.mktemp("vigil")
    call(home, "jobs.simulate", "--home", str(home), "--until", DAY, "--days", "90", "--seed", "7", "--size", "small")
    return home


@pytest.fixture(scope="module")
def first(home):
    return call(home, "dags.run", "nightly", "--ds", DAY)


def call(home, module, *arguments, **more) -> str:
    env = {**os.environ, "VIGIL_HOME": str(home), "SPARK_DRIVER_MEMORY": "2g", **more}
    done = subprocess.run([sys.executable, "-m", module, *arguments], env=env, cwd=REPOSITORY, text=True,
                          capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def digests(home) -> dict[str, str]:
    lake = Lake(str(home / "lake"))
    tables = [f"{entity}_{kind}" for entity in ("seller", "user") for kind in ("features", "scores", "risk_daily")]
    return {table: digest(lake, table, [date.fromisoformat(DAY)]) for table in tables}


def test_a_run_ends_with_the_riskiest_and_three_commands(first):
    assert f"The 10 riskiest sellers of {DAY}" in first
    assert first.count("make ") >= 3


def test_both_risk_tables_hold_every_active_entity_of_the_day(home, first):
    lake = Lake(str(home / "lake"))
    for entity in ("seller", "user"):
        assert lake.counts(f"{entity}_risk_daily")[date.fromisoformat(DAY)] == \
            lake.counts(f"{entity}_features")[date.fromisoformat(DAY)]


def test_no_java_is_left_behind(home, first):
    assert not list((home / "spark").glob("*.json"))
    running = subprocess.run(["pgrep", "-f", f"SparkConnectServer.*{home}"], capture_output=True, check=False)
    assert running.returncode != 0


def test_the_same_day_again_gives_the_same_rows_and_so_does_its_replay(home, first):
    before = digests(home)
    call(home, "dags.run", "nightly", "--ds", DAY)
    assert digests(home) == before
    run = Lake(str(home / "lake")).arrow("seller_risk_daily").to_table(["run_id"])["run_id"][0].as_py()
    told = call(home, "jobs.replay", "--run-id", run)
    assert told.count("same rows") == 6


def test_sql_reaches_every_table_by_name(home, first):
    told = call(home, "jobs.sql", "select count(*) as n from seller_risk_daily r join validations v on v.ds = r.ds")
    assert "n" in told
