"""A run by `airflow dags test` is stored with the time that it took, and with the day that it is about."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing

import pytest

from dags.runner.airflow_client import airflow
from dags.runner.airflow_server import END_ABANDONED_RUNS
from jobs.settings import load_settings

# A DAG of ours would need a marketplace: what Airflow stores of a run does not depend on the tasks.
DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

from dags.alerts import late_alert

with DAG("one_task", schedule=None, deadline=late_alert()):
    EmptyOperator(task_id="nothing")
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home after one run over a past day, and a process of Airflow for more."""
    folder = tmp_path_factory.mktemp("records")
    (folder / "dags").mkdir()
    (folder / "dags" / "one_task.py").write_text(DAG)
    config = load_settings({"VIGIL_HOME": str(folder / "home")})
    with airflow(config, {"AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags")}) as process:
        def run(*command: str) -> None:
            assert process.run(command, folder / "log")[0], (folder / "log").read_text()

        run("db", "migrate")
        run("dags", "test", "one_task", "2026-11-20")
        yield config.home / "airflow" / "airflow.db", run


@pytest.mark.slow
def test_a_run_over_a_past_day_is_stored_with_its_real_duration_and_its_day(home):
    database, _ = home
    with closing(sqlite3.connect(database)) as db:
        seconds, run_id, *interval = db.execute(
            "select (julianday(end_date) - julianday(start_date)) * 86400, run_id, date(data_interval_start), "
            "date(data_interval_end) from dag_run").fetchone()
    assert 0 <= seconds < 60
    assert run_id.startswith("2026-11-20__20")
    assert interval == ["2026-11-20", "2026-11-21"]


@pytest.mark.slow
def test_the_deadline_of_a_run_that_no_scheduler_watches_is_deleted(home):
    database, run = home
    for day in ("2026-11-21", "2026-11-22", "2026-11-23"):  # the average of three runs makes the first deadline
        run("dags", "test", "one_task", day)
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("select distinct state from dag_run").fetchall() == [("success",)]
        assert db.execute("select count(*) from deadline_alert").fetchone()[0] > 0
        assert db.execute("select count(*) from deadline").fetchone() == (0,)
        with db:
            for table in ("dag_run", "task_instance"):
                db.execute(f"delete from {table} where run_id not like '2026-11-20%'")


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "expected"), [("gone", ("failed", "failed")), ("here", ("running", "running"))])
def test_a_run_of_a_process_that_is_gone_is_marked_as_failed(home, owner, expected):
    database, run = home
    gone = subprocess.Popen(["true"])
    gone.wait()
    conf = json.dumps({"owner": gone.pid if owner == "gone" else os.getpid()})
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("update dag_run set state = 'running', end_date = null, conf = ?", (conf,))
        db.execute("update task_instance set state = 'running', end_date = null")
    run(*END_ABANDONED_RUNS)
    with closing(sqlite3.connect(database)) as db:
        run_state, ended = db.execute("select state, end_date from dag_run").fetchone()
        (task_state,), = db.execute("select state from task_instance").fetchall()
    assert (run_state, task_state) == expected
    assert (ended is not None) == (owner == "gone")
