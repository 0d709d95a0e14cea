"""A run by `airflow dags test` is stored with the time that it took, and with the day that it is about."""

import sqlite3
from contextlib import closing

import pytest

from dags.runner.airflow_client import airflow
from jobs.settings import load_settings

# A DAG of ours would need a marketplace: what Airflow stores of a run does not depend on the tasks.
DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("one_task", schedule=None):
    EmptyOperator(task_id="nothing")
"""


@pytest.mark.slow
def test_a_run_over_a_past_day_is_stored_with_its_real_duration_and_its_day(tmp_path):
    folder, config = tmp_path / "dags", load_settings({"VIGIL_HOME": str(tmp_path / "home")})
    folder.mkdir()
    (folder / "one_task.py").write_text(DAG)
    with airflow(config, {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)}) as process:
        for command in (["db", "migrate"], ["dags", "test", "one_task", "2026-11-20"]):
            assert process.run(command, tmp_path / "log")[0], (tmp_path / "log").read_text()
    with closing(sqlite3.connect(config.home / "airflow" / "airflow.db")) as database:
        seconds, run_id, *interval = database.execute(
            "select (julianday(end_date) - julianday(start_date)) * 86400, run_id, date(data_interval_start), "
            "date(data_interval_end) from dag_run").fetchone()
    assert 0 <= seconds < 60
    assert run_id.startswith("2026-11-20__20")
    assert interval == ["2026-11-20", "2026-11-21"]
