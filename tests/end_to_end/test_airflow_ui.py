"""Airflow's scheduler over a home: backfills, clearing, assets, a kill, and the end by Ctrl-C. On Sail."""

import json
import os
import signal
import time
from datetime import date

import pytest

from jobs.settings import REPOSITORY
from jobs.storage.lake import Lake
from tests.support.homes import copy_of
from tests.support.local_servers import webhook
from tests.support.postgres_server import SECRET, files_with_password, postgres
from tests.support.prepared_night import DAY, call, digests, shared_sail
from tests.support.running_ui import RunningUi, processes_of, running_ui, wait_until

pytestmark = pytest.mark.end_to_end

EARLIER = "2026-11-19"
BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
NIGHT_SECONDS = 300
ENDED = ("success", "failed")

LATE = """
import time
from datetime import timedelta

from airflow.sdk import DAG, DeadlineAlert, DeadlineReference, SyncCallback, task
from dags.steps_under_way import under_way
from jobs.settings import load_settings

with DAG("late", schedule=None, is_paused_upon_creation=False, deadline=DeadlineAlert(
        DeadlineReference.DAGRUN_QUEUED_AT, timedelta(seconds=8), SyncCallback("dags.alerts.run_is_late"))):

    @task
    def slow_step(run_id=None):
        with under_way(load_settings(), run_id, "slow_step"):
            time.sleep(45)

    slow_step()
"""
TWO_AT_ONCE = """
import time

from airflow.sdk import DAG, task

with DAG("two_at_once", schedule=None, is_paused_upon_creation=False):
    for name in ("left", "right"):
        task(lambda: time.sleep(15), task_id=name)()
"""


def bundles(folder) -> dict[str, str]:
    """The setting with which Airflow also reads the DAGs of a folder."""
    return {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([
        {"name": "dags-folder", "classpath": BUNDLE, "kwargs": {}},
        {"name": "team", "classpath": BUNDLE, "kwargs": {"path": str(folder)}}])}


def ended_run(ui: RunningUi, dag: str, **properties: str) -> dict:
    """The only run of a DAG with some properties, after its end."""
    def found():
        runs = [run for run in ui.runs(dag) if properties.items() <= run.items()]
        return runs and runs[0]["state"] in ENDED and runs[0]

    run = wait_until(found, NIGHT_SECONDS)
    assert run["state"] == "success", [(task["task_id"], task["state"]) for task in tasks(ui, run)]
    return run


def tasks(ui: RunningUi, run: dict) -> list[dict]:
    return ui.call(f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]


def run_of(ui: RunningUi, run: dict) -> dict:
    return ui.call(f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}")


def slack(port: int) -> dict[str, str]:
    """The settings of the example notifier that posts to a webhook on loopback."""
    return {"VIGIL_NOTIFIER": "examples.airflow.notifiers.slack:NOTIFIER", "AIRFLOW_CONN_SLACK_WEBHOOK": json.dumps(
        {"conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": port, "password": "services/T/B/X"})}


def backfill(ui: RunningUi, day: str) -> None:
    """Press Airflow's button Backfill for one day, again where another process has SQLite locked, as a person would."""
    asked = {"dag_id": "risk_nightly", "from_date": f"{day}T00:00:00Z", "to_date": f"{day}T23:59:59Z",
             "max_active_runs": 1}
    for last in [False] * 9 + [True]:
        try:
            ui.call("/api/v2/backfills", asked)
            return
        except AssertionError as failure:
            if last or "503" not in str(failure):
                raise
        time.sleep(2)


def test_the_scheduler_gives_the_rows_of_make_backfill_and_starts_a_dag_on_its_asset(first_night, tmp_path):
    by_hand = copy_of(first_night, tmp_path / "by-hand").home
    with shared_sail(by_hand) as sail:
        call(by_hand, "jobs.commands.backfill", "--from", EARLIER, "--ds", EARLIER, **sail)
    expected = digests(by_hand, [EARLIER])
    home = copy_of(first_night, tmp_path / "scheduled").home
    with webhook() as (port, alerts), running_ui(home, ENGINE="sail", **slack(port),
                                                 **bundles(REPOSITORY / "examples" / "airflow")) as ui:
        ui.wait_until_up()
        ui.unpause("high_risk_sellers")
        ui.unpause("risk_nightly")
        backfill(ui, EARLIER)
        run = ended_run(ui, "risk_nightly", run_type="backfill")
        assert digests(home, [EARLIER]) == expected
        assert "committed" in run_of(ui, run)["note"]

        # The night of yesterday, which the scheduler begins by itself, has no files.
        yesterday = wait_until(lambda: [one for one in ui.runs("risk_nightly") if one["state"] == "failed"], 120)[0]
        assert "failed at ingest: orders, " in yesterday["note"] and "make nightly DS=" in yesterday["note"]
        assert [task["note"] for task in tasks(ui, yesterday) if task["task_id"] == "ingest"][0].startswith("vigil: ")
        assert [alert["text"].count("nothing landed in") for alert in alerts] == [1]
        assert f"Log: http://127.0.0.1:{ui.port}/dags/risk_nightly/runs/" in alerts[0]["text"]

        consumer = ended_run(ui, "high_risk_sellers")
        (event,) = ui.call(f"/api/v2/dags/high_risk_sellers/dagRuns/{consumer['dag_run_id']}"
                           "/upstreamAssetEvents")["asset_events"]
        lake = Lake(str(home / "lake"))
        assert event["extra"]["rows"] == lake.counts("seller_risk_daily")[date.fromisoformat(EARLIER)]
        assert event["extra"]["version"] == lake.versions()["seller_risk_daily"]
        assert event["extra"]["audit"]["expectations"] > 0 == len(event["extra"]["audit"]["failed"])

        ui.call("/api/v2/dags/risk_nightly/clearTaskInstances", {
            "dry_run": False, "dag_run_id": run["dag_run_id"], "task_ids": ["score"], "only_failed": False,
            "include_downstream": True, "reset_dag_runs": True})
        ended_run(ui, "risk_nightly", run_type="backfill")
        tries = {task["task_id"]: task["try_number"] for task in tasks(ui, run)}
        assert tries["publish"] == tries["score"] == 2 and tries["build_features"] == 1
        assert digests(home, [EARLIER]) == expected


def test_a_killed_scheduler_on_postgres_goes_on_and_ends_with_the_same_rows(first_night, tmp_path):
    home = copy_of(first_night, tmp_path).home
    expected = digests(home, [DAY])
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "two_at_once.py").write_text(TWO_AT_ONCE)
    (tmp_path / "dags" / "late.py").write_text(LATE)
    with postgres() as database, webhook() as (port, alerts):
        more = {"ENGINE": "sail", "VIGIL_DATABASE": database, **bundles(tmp_path / "dags"), **slack(port)}
        more["MLFLOW_TRACKING_URI"] = f"sqlite:///{home / 'mlflow.db'}"  # the models of the first night
        with running_ui(home, **more) as ui:
            ui.wait_until_up()
            ui.unpause("risk_nightly")
            backfill(ui, DAY)
            wait_until(lambda: any(task["task_id"] == "ingest" and task["state"] == "running"
                                   for run in ui.runs("risk_nightly") if run["run_type"] == "backfill"
                                   for task in tasks(ui, run)), NIGHT_SECONDS)
            os.kill(ui.part("airflow scheduler"), signal.SIGKILL)
            assert ui.process.wait(60) == 1
            assert "airflow scheduler ended by itself with exit code -9" in ui.output
            wait_until(lambda: not processes_of(home), 10)
        with running_ui(home, **more) as ui:
            ui.wait_until_up()
            ended_run(ui, "risk_nightly", run_type="backfill")
            assert digests(home, [DAY]) == expected
            wait_until(lambda: all(run["state"] in ENDED for run in ui.runs("risk_nightly")), NIGHT_SECONDS)

            ui.call("/api/v2/dags/two_at_once/dagRuns", {"logical_date": None})
            left, right = tasks(ui, ended_run(ui, "two_at_once"))
            assert left["start_date"] < right["end_date"] and right["start_date"] < left["end_date"]

            ui.call("/api/v2/dags/late/dagRuns", {"logical_date": None})
            (late,) = wait_until(lambda: [alert["text"] for alert in alerts if "the run is late" in alert["text"]], 90)
            assert "Step under way: slow_step." in late
        assert SECRET.search(ui.output) is None
        assert files_with_password(home / "logs") == files_with_password(home / "airflow") == []


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_during_a_task_prints_no_traceback_and_leaves_no_process(first_night, tmp_path, times):
    home = copy_of(first_night, tmp_path).home
    with running_ui(home, ENGINE="sail") as ui:
        ui.wait_until_up()
        ui.unpause("risk_nightly")
        wait_until(lambda: any(task["state"] == "running" for run in ui.runs("risk_nightly")
                               for task in tasks(ui, run)), NIGHT_SECONDS)
        for _ in range(times):
            ui.press_ctrl_c()
            time.sleep(0.3)  # a terminal throws away what it has not shown yet at the next Ctrl-C
        assert ui.process.wait(30) == 130
        wait_until(lambda: not processes_of(home), 10)
        assert ui.output.count("interrupted, ending what it started") == 1
        assert "Traceback" not in ui.output and "Error" not in ui.output
