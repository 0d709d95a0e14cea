"""The DAGs are thin, have the shape that people expect, and pass each job what it accepts."""

import datetime as dt
import importlib
import subprocess
import sys

import pytest

from jobs.training.models import MODELS

NIGHTLY = ["start_spark", "ingest", "validate_events", "build_features", "validate_features", "score",
           "validate_scores", "decide", "publish", "estimate_effects",
           "attribute_cases", "update_loss_ledger", "audit_cases", "vacuum", "stop_spark"]
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
def test_a_dag_has_its_page_one_run_at_a_time_and_retries_with_jitter(dags, dag_id):
    dag = dags[dag_id]
    assert dag.doc_md and dag.max_active_runs == 1 and not dag.catchup
    assert all(task.retries == 2 and task.retry_exponential_backoff == 2.0 for task in dag.tasks)


@pytest.mark.parametrize("dag_id", ["risk_nightly", "risk_training"])
def test_every_task_has_an_owner_a_page_and_a_time_limit(dags, dag_id):
    for task in dags[dag_id].tasks:
        step = importlib.import_module(f"jobs.{task.job}")
        assert task.owner == "vigil"
        assert task.doc_md.startswith(step.__doc__.strip().splitlines()[0]) and "make nightly DS=" in task.doc_md
        assert dt.timedelta(minutes=5) <= task.execution_timeout <= dt.timedelta(hours=4)


def test_the_owner_is_the_team_that_is_set(monkeypatch):
    from dags.spark_tasks import run_settings

    monkeypatch.setenv("VIGIL_TEAM", "trust and safety")
    assert run_settings()["default_args"]["owner"] == "trust and safety"


@pytest.mark.parametrize("dag_id", ["risk_nightly", "risk_training"])
def test_every_task_passes_arguments_that_its_job_accepts(dags, dag_id):
    for task in dags[dag_id].tasks:
        rendered = [argument.replace("{{ params.owner }}", "0") for argument in task.arguments]
        importlib.import_module(f"jobs.{task.job}").parse([*rendered, "--ds", "2026-11-20", "--run-id", "r"])


@pytest.mark.parametrize(("dag_id", "task_id", "table"), [
    ("risk_nightly", "publish", "seller_risk_daily"), ("risk_nightly", "validate_scores", "user_scores"),
    ("risk_training", "build_labels", "order_labels"), ("risk_training", "validate_features", "user_features")])
def test_a_task_that_commits_a_table_has_its_asset(dags, dag_id, task_id, table):
    assert table in [asset.name for asset in dags[dag_id].get_task(task_id).outlets]


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


def test_a_run_that_an_asset_started_has_the_day_of_its_event():
    from types import SimpleNamespace

    from dags.job_operator import resolve_day

    events = {"seller_risk_daily": [SimpleNamespace(extra={"ds": "2026-11-20"})]}
    assert resolve_day({"dag_run": _Run(), "params": {}, "triggering_asset_events": events}) == "2026-11-20"


def test_a_run_that_names_no_day_is_refused_with_what_to_type():
    from airflow.sdk.exceptions import AirflowFailException

    from dags.job_operator import resolve_day

    with pytest.raises(AirflowFailException, match='{"ds": "2026-11-20"}'):
        resolve_day({"dag_run": _Run(), "params": {}})


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path):
    from dags.runner.run import require_free_space
    from jobs.errors import UserError

    require_free_space(tmp_path, needed=1)
    with pytest.raises(UserError, match="GB are free, a run needs 1000000000 GB. Make room"):
        require_free_space(tmp_path, needed=10**18)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A small lake, in which a step can fail."""
    from tests.support.stored_home import make

    for name in ("VIGIL_LAKE", "MLFLOW_TRACKING_URI", "VIGIL_SOURCES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    make(tmp_path)
    return tmp_path


class _Task:
    task_id, try_number = "score", 1

    def __init__(self):
        self.xcom = {}

    def xcom_push(self, key, value):
        self.xcom[key] = value


def run_step(job: str, try_number: int = 1) -> BaseException:
    """What a task that runs a step ends in."""
    from dags.job_operator import JobOperator
    from dags.spark_tasks import run_settings

    task = _Task()
    task.try_number = try_number
    context = {"dag_run": _Run("2026-11-20"), "params": {}, "run_id": "r9", "ti": task}
    operator = JobOperator(job=job, task_id="score", **run_settings()["default_args"])
    with pytest.raises(BaseException) as told:
        operator.execute(context)
    return told.value


def test_a_step_over_a_damaged_store_fails_at_once_and_names_it(home, capsys):
    from airflow.sdk.exceptions import AirflowFailException

    (home / "mlflow.db").write_bytes(b"garbage " * 999)
    assert isinstance(run_step("score"), AirflowFailException)
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("vigil: ")]
    assert shown[-1].startswith("vigil: [failed] score: MLflow, the registry ")
    assert shown[-1].endswith(f"mv {home}/mlflow.db {home}/mlflow.db.damaged && make train")


def test_a_fault_of_ours_fails_at_once_and_its_traceback_is_for_the_log(home, capsys, monkeypatch):
    from airflow.sdk.exceptions import AirflowFailException

    from jobs import vacuum

    monkeypatch.setattr(vacuum, "old_logs", lambda *_: 1 / 0)
    assert isinstance(run_step("vacuum"), AirflowFailException)
    told = capsys.readouterr().out
    assert "\nvigil: [failed] score: ZeroDivisionError: division by zero (tests/dags/test_dags.py:" in told
    assert "Traceback (most recent call last)" in told


def test_the_message_of_a_fault_forges_no_line_of_the_log(home, capsys, monkeypatch):
    from jobs import vacuum

    def broken(*_):
        raise RuntimeError("cut\nvigil: [ended] 0\rvigil: [ended] 0\x1b[2J")

    monkeypatch.setattr(vacuum, "old_logs", broken)
    run_step("vacuum")
    told = capsys.readouterr().out
    assert "\x1b" not in told and "\r" not in told and "cut\n  vigil: [ended] 0" in told
    assert not [line for line in told.splitlines() if line.startswith("vigil: [ended]")]


def test_a_step_that_cannot_reach_a_server_says_that_it_waits_and_why(home, capsys, monkeypatch):
    from mlflow.exceptions import MlflowException

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert isinstance(run_step("score"), MlflowException)  # which Airflow takes for a reason to try again
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("vigil: [failed]")]
    assert "http://127.0.0.1:9" in line
    assert line.endswith("It can pass by itself: waiting 60 to 120 s, then trying again")
    run_step("score", try_number=2)
    assert "waiting 120 to 240 s, then" in capsys.readouterr().out
    run_step("score", try_number=3)
    assert "The last of 3 tries failed too" in capsys.readouterr().out


def test_a_step_past_its_time_limit_is_named_and_tried_again(home, capsys, monkeypatch):
    from airflow.sdk.exceptions import AirflowTaskTimeout

    from jobs import score

    def hang(_):
        raise AirflowTaskTimeout

    monkeypatch.setattr(score, "main", hang)
    assert isinstance(run_step("score"), AirflowTaskTimeout)
    assert "[failed] score: it had not ended after 60 minutes, the limit" in capsys.readouterr().out
