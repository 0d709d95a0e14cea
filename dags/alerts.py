"""Alerts: a task failed, or a run is late. The notifier that the team sets sends them (VIGIL_NOTIFIER).

A notifier is any of Airflow's, such as `SmtpNotifier`. Its templates have `vigil.subject` and `vigil.text`, which name
the day, the step, the reason and the command that mends it. Examples are in examples/airflow/notifiers.
"""

import copy
import importlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback

from jobs.settings import load_settings

# A run is late an hour after the time that the last ten took on average. Three runs give the first average.
LATE = timedelta(hours=1)
AVERAGED_RUNS, FEWEST_RUNS = 10, 3
UNFINISHED = ("queued", "running")


def late_alert() -> DeadlineAlert:
    """Return the deadline of a DAG: its scheduler calls `run_is_late` for a run that has not ended by then."""
    return DeadlineAlert(DeadlineReference.AVERAGE_RUNTIME(AVERAGED_RUNS, FEWEST_RUNS), LATE,
                         SyncCallback("dags.alerts.run_is_late"))


def task_failed(context: Mapping[str, Any]) -> None:
    """Send the reason of a task that will not be tried again."""
    from airflow.sdk.exceptions import AirflowFailException

    from dags.job_operator import resolve_day

    task, run = context["ti"], context["dag_run"]
    try:
        day = resolve_day(context)
    except AirflowFailException:
        day = "YYYY-MM-DD"  # the run failed because it names no day
    reason = str(context.get("exception") or context.get("reason") or "its process was ended from outside")
    _send(context, f"{task.dag_id}, {day}: {task.task_id} failed",
          [f"{task.task_id} of run {run.run_id}: {reason}",
           f"When the cause is mended: make nightly DS={day}, or clear the task in Airflow.",
           f"Log: {getattr(task, 'log_url', '')}"])


def run_is_late(context: Mapping[str, Any]) -> None:
    """Send which step of a late run is under way. A run that has ended meanwhile is not late."""
    from dags import steps_under_way

    run = context["dag_run"]
    if run["state"] not in UNFINISHED:
        return
    day = str((run.get("conf") or {}).get("ds") or run.get("logical_date") or "no day")[:10]
    steps = steps_under_way.of_run(load_settings(), run["dag_run_id"])
    _send(context, f"{run['dag_id']}, {day}: the run is late",
          [f"Run {run['dag_run_id']} began at {run['start_date']} and has not ended.",
           f"Step under way: {', '.join(steps) or 'none; the run waits for the scheduler or for an earlier run'}.",
           "The step's log on its page in Airflow says what it waits for. To begin it anew, clear the task there, or "
           f"end the run and type: make nightly DS={day}"])


def _send(context: Mapping[str, Any], subject: str, lines: Sequence[str]) -> None:
    """Print an alert to the log, and send it by the notifier that is set. The terminal has its lines already."""
    from jobs.runtime import console

    text = "\n".join(lines)
    console.message(f"[alert] {subject}. {' '.join(lines)}")
    notifier = load_settings().notifier
    if notifier:
        # A notifier renders its templates in place, so each alert has a copy.
        copy.deepcopy(_load(notifier))({**context, "vigil": {"subject": subject, "text": text}})


def _load(notifier: str) -> Any:
    """Return the object of a name `package.module:object`.

    Raises:
        UserError: there is no such object.
    """
    from jobs.errors import UserError

    module, _, name = notifier.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as failure:
        raise UserError(f"VIGIL_NOTIFIER={notifier}: {failure}. Expected package.module:object, such as "
                        "examples.airflow.notifiers.slack:NOTIFIER") from None
