"""The DAGs are thin, have the shape that people expect, and pass each job what it accepts."""

import importlib
import subprocess
import sys

import pytest

from jobs.models import MODELS

NIGHTLY = ["start_spark", "ingest", "validate_events", "build_features", "validate_features", "score",
           "validate_scores", "publish", "vacuum", "stop_spark"]
HEAVY = ("pyspark", "xgboost", "mlflow", "great_expectations", "deltalake", "duckdb")


@pytest.fixture(scope="module")
def dags(tmp_path_factory):
    """Both DAGs, parsed by Airflow as the scheduler does."""
    import os

    from jobs.settings import REPOSITORY

    os.environ["AIRFLOW_HOME"] = str(tmp_path_factory.mktemp("airflow"))
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(REPOSITORY / "dags"))
    assert bag.import_errors == {}
    return bag.dags


def test_there_are_exactly_two_dags(dags):
    assert set(dags) == {"risk_nightly", "risk_training"}


def test_the_nightly_run_is_one_line_from_ingest_to_publish(dags):
    dag = dags["risk_nightly"]
    assert set(dag.task_ids) == set(NIGHTLY)
    for before, after in zip(NIGHTLY, NIGHTLY[1:]):
        assert after in dag.get_task(before).downstream_task_ids


def test_training_fans_out_over_the_models(dags):
    dag = dags["risk_training"]
    for model in MODELS:
        chain = [f"{model.registered_name}.{job}" for job in ("train", "evaluate", "promote")]
        assert chain[0] in dag.get_task("build_labels").downstream_task_ids
        assert chain[1] in dag.get_task(chain[0]).downstream_task_ids
        assert chain[2] in dag.get_task(chain[1]).downstream_task_ids


@pytest.mark.parametrize("dag_id", ["risk_nightly", "risk_training"])
def test_spark_is_stopped_whatever_happens(dags, dag_id):
    dag = dags[dag_id]
    assert dag.get_task("start_spark").is_setup
    assert dag.get_task("stop_spark").is_teardown


@pytest.mark.parametrize("dag_id", ["risk_nightly", "risk_training"])
def test_a_dag_has_its_page_one_run_at_a_time_and_a_retry(dags, dag_id):
    dag = dags[dag_id]
    assert dag.doc_md and dag.max_active_runs == 1 and not dag.catchup
    assert all(task.retries == 1 for task in dag.tasks)


@pytest.mark.parametrize("dag_id", ["risk_nightly", "risk_training"])
def test_every_task_passes_arguments_that_its_job_accepts(dags, dag_id):
    for task in dags[dag_id].tasks:
        rendered = [argument.replace("{{ params.owner }}", "0") for argument in task.arguments]
        importlib.import_module(f"jobs.{task.job}").parse([*rendered, "--ds", "2026-11-20", "--run-id", "r"])


def test_parsing_the_dags_imports_nothing_heavy():
    code = ("import sys, dags.risk_nightly, dags.risk_training\n"
            f"print([m for m in {HEAVY!r} if m in sys.modules])")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=".")
    assert told.stdout.strip().splitlines()[-1] == "[]"


class _Run:
    def __init__(self, logical_date=None, partition_key=None):
        self.logical_date, self.partition_key = logical_date, partition_key


@pytest.mark.parametrize(("params", "run", "expected"), [
    ({"ds": "2026-11-20"}, _Run("2026-11-01T00:00:00", "2026-11-02"), "2026-11-20"),
    ({}, _Run("2026-11-01T00:00:00", "2026-11-02"), "2026-11-02"),
    ({}, _Run("2026-11-01T00:00:00"), "2026-11-01"),
])
def test_the_day_is_the_parameter_else_the_partition_else_the_logical_date(params, run, expected):
    from dags.job_operator import resolve_day

    assert resolve_day({"dag_run": run, "params": params}) == expected


def test_a_run_that_names_no_day_is_refused_with_what_to_type():
    from airflow.sdk.exceptions import AirflowFailException

    from dags.job_operator import resolve_day

    with pytest.raises(AirflowFailException, match='{"ds": "2026-11-20"}'):
        resolve_day({"dag_run": _Run(), "params": {}})


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path):
    from dags.run import refuse_if_full
    from jobs.errors import Refused

    refuse_if_full(tmp_path, needed=1)
    with pytest.raises(Refused, match="GB are free, a run needs 1000000000 GB. Make room"):
        refuse_if_full(tmp_path, needed=10**18)
