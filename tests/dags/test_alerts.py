"""An alert names the day, the step, the reason and the command that mends it, and reaches the team by its notifier."""

import base64
import email
import json
from types import SimpleNamespace

import pytest

from dags import alerts, steps_under_way
from jobs.errors import UserError
from jobs.settings import load_settings
from tests.support.local_servers import mail_server, webhook

REASON = "orders, 2026-11-20: nothing landed <here>. Land it, then: make nightly DS=2026-11-20"


@pytest.fixture
def context():
    """What Airflow gives a callback of a task that failed."""
    run = SimpleNamespace(run_id="r1", logical_date="2026-11-20T04:00:00", partition_key=None)
    task = SimpleNamespace(dag_id="risk_nightly", task_id="ingest", log_url="http://127.0.0.1/log")
    return {"ti": task, "dag_run": run, "params": {}, "exception": ValueError(REASON)}


@pytest.fixture
def late_run(tmp_path, monkeypatch):
    """What Airflow gives the callback of a deadline."""
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    return {"dag_run": {"dag_id": "risk_nightly", "dag_run_id": "r1", "state": "running", "conf": {},
                        "logical_date": "2026-11-20T04:00:00Z", "start_date": "2026-11-21T04:00:00Z"}}


@pytest.fixture
def slack(monkeypatch):
    with webhook() as (port, received):
        monkeypatch.setenv("VIGIL_NOTIFIER", "examples.airflow.notifiers.slack:NOTIFIER")
        monkeypatch.setenv("AIRFLOW_CONN_SLACK_WEBHOOK", json.dumps({
            "conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": port, "password": "services/T/B/X"}))
        yield received


def test_a_webhook_gets_the_failed_step_its_reason_and_the_command(slack, context):
    alerts.task_failed(context)
    (message,) = slack
    assert message["path"] == "/services/T/B/X"
    assert message["text"].startswith("*risk_nightly, 2026-11-20: ingest failed*\ningest of run r1: ")
    assert REASON in message["text"] and "clear the task in Airflow" in message["text"]


def test_two_alerts_of_one_process_do_not_mix(slack, context):
    alerts.task_failed(context)
    context["ti"].task_id = "score"
    alerts.task_failed(context)
    assert ["ingest failed" in slack[0]["text"], "score failed" in slack[1]["text"]] == [True, True]


def test_mail_gets_the_same(monkeypatch, context):
    with mail_server() as (port, received):
        monkeypatch.setenv("VIGIL_NOTIFIER", "examples.airflow.notifiers.smtp:NOTIFIER")
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps({
            "conn_type": "smtp", "host": "127.0.0.1", "port": port,
            "extra": {"from_email": "vigil@example.com", "disable_ssl": True, "disable_tls": True}}))
        alerts.task_failed(context)
    message = email.message_from_string(received[0])
    (part,) = [part for part in message.walk() if part.get_content_maintype() == "text"]
    body = base64.b64decode(part.get_payload()).decode() if part["Content-Transfer-Encoding"] == "base64" \
        else part.get_payload()
    assert message["Subject"] == "risk_nightly, 2026-11-20: ingest failed"
    assert message["To"] == "risk-on-call@example.com"
    assert "nothing landed &lt;here&gt;" in body and "make nightly DS=2026-11-20" in body


def test_without_a_notifier_an_alert_is_in_the_log_alone(monkeypatch, context, capsys):
    monkeypatch.delenv("VIGIL_NOTIFIER", raising=False)
    alerts.task_failed(context)
    told = capsys.readouterr().out
    assert told.startswith("[alert] risk_nightly, 2026-11-20: ingest failed") and "vigil:" not in told


def test_a_late_run_names_the_step_under_way_and_the_command(slack, late_run):
    with steps_under_way.under_way(load_settings(), "r1", "build_features"):
        alerts.run_is_late(late_run)
    assert steps_under_way.of_run(load_settings(), "r1") == []
    (message,) = slack
    assert "risk_nightly, 2026-11-20: the run is late" in message["text"]
    assert "Step under way: build_features." in message["text"] and "make nightly DS=2026-11-20" in message["text"]


def test_a_late_run_that_waits_says_so(slack, late_run):
    alerts.run_is_late(late_run)
    assert "Step under way: none; the run waits" in slack[0]["text"]


def test_a_run_that_has_ended_is_not_late(slack, late_run):
    late_run["dag_run"]["state"] = "failed"
    alerts.run_is_late(late_run)
    assert slack == []


@pytest.mark.parametrize("name", ["no.such.module:X", "examples.airflow.notifiers.slack:NO_SUCH", "nothing"])
def test_a_notifier_that_is_not_there_is_named(monkeypatch, context, name):
    monkeypatch.setenv("VIGIL_NOTIFIER", name)
    with pytest.raises(UserError, match=f"VIGIL_NOTIFIER={name}.*Expected package.module:object"):
        alerts.task_failed(context)
