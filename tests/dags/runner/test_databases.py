"""Airflow's and MLflow's database is made once, on Postgres as in files, and what prevents that is named."""

import dataclasses

import psycopg
import pytest

from dags.runner.airflow_client import airflow
from dags.runner.databases import database
from jobs.errors import UserError
from jobs.settings import load_settings
from tests.support.postgres_server import SECRET, files_with_password, postgres

DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("one_task", schedule=None):
    EmptyOperator(task_id="nothing")
"""


@pytest.fixture(scope="module")
def server():
    with postgres() as url:
        yield url


@pytest.fixture
def config(server, tmp_path):
    return load_settings({"VIGIL_HOME": str(tmp_path / "home"), "VIGIL_DATABASE": server})


@pytest.mark.slow
def test_postgres_serves_airflow_and_mlflow_and_a_run_has_its_real_duration(server, config, tmp_path, capsys):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "one_task.py").write_text(DAG)
    with airflow(config, {"AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags")}) as process:
        with database(config, process):
            pass
        assert process.run(["dags", "test", "one_task", "2026-11-20"], tmp_path / "log")[0]
        with database(config, process):  # the tables are there: nothing is set up again
            pass
    assert capsys.readouterr().out.count("setting Airflow's database up") == 1
    with psycopg.connect(server) as connection:
        state, seconds = connection.execute(
            "select state, extract(epoch from end_date - start_date) from dag_run").fetchone()
    assert state == "success" and 0 <= seconds < 60

    from jobs.training import registry
    assert registry.champion_versions(config) == {}
    with psycopg.connect(server) as connection:
        schemas = connection.execute("select table_schema from information_schema.tables "
                                     "where table_name = 'alembic_version' order by 1").fetchall()
    assert schemas == [("mlflow",), ("public",)]
    assert (tmp_path / "log").exists() and files_with_password(tmp_path) == []


def test_settings_never_show_the_password(config):
    assert "vigil:" in config.database and "vigil:" in config.tracking_uri
    assert "vigil:" not in repr(config) and "vigil:" not in str(config)


@pytest.mark.parametrize(("change", "expected"), [
    (("vigil:", "stranger:"), r"password authentication failed for user \"stranger\""),
    (("/postgres", "/no_such"), r"/no_such cannot be used: .*does not exist")])
def test_a_database_that_lets_nobody_in_is_named_without_the_password(config, change, expected):
    refused = dataclasses.replace(config, database=config.database.replace(*change))
    with pytest.raises(UserError, match=expected) as refusal, database(refused, None):
        pass
    assert not SECRET.search(str(refusal.value)) and "make nightly DATABASE=" in str(refusal.value)


def test_a_server_that_is_not_there_is_named(tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path), "VIGIL_DATABASE": "postgresql://a:b@127.0.0.1:9/name"})
    with pytest.raises(UserError, match="127.0.0.1:9/name cannot be used: .*refused"), database(config, None):
        pass
