"""The note of a run in Airflow: the day, what was committed, or which step failed, why, and what mends it.

Airflow shows the note at the top of the run's page. The note of a person is never replaced.
"""

import sys
from collections.abc import Mapping
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

PREFIX = "vigil: "
LONGEST = 1000  # characters of a note in Airflow's database
FAILURE = "failure"  # key of the XCom in which a task leaves its reason (dags/job_operator.py)
DAGS = ("risk_nightly", "risk_training")


def note(day: str | None, failures: Mapping[str, str], rows: Mapping[str, int], failed: bool) -> str:
    """Return the note of a run that has ended.

    Args:
        day: the day that the run is about; None where no task has named it.
        failures: the reason of each task that failed.
        rows: the committed rows of each table.
        failed: whether the run failed.
    """
    about = f"{PREFIX}{day or 'no day'}"
    if failed:
        reasons = "; ".join(f"{task}: {reason}" for task, reason in failures.items())
        text = f"{about}: failed at {reasons or 'a task that was ended from outside; its log has the last line'}"
    else:
        tables = ", ".join(f"{table} {count:,}" for table, count in rows.items())
        text = f"{about}: committed {tables} rows" if tables else f"{about}: nothing new, all tables stand as they were"
    return text if len(text) <= LONGEST else f"{text[:LONGEST - 3]}..."


@hookimpl
def on_dag_run_success(dag_run, msg: str) -> None:
    """Write the note of a run that succeeded."""
    _write(dag_run, failed=False)


@hookimpl
def on_dag_run_failed(dag_run, msg: str) -> None:
    """Write the note of a run that failed."""
    _write(dag_run, failed=True)


def _write(run, failed: bool) -> None:
    """Write the note through the run's own session. The run of `airflow dags test` has none."""
    from airflow.utils.session import create_session
    from sqlalchemy.orm import object_session

    if run.dag_id not in DAGS:
        return
    if session := object_session(run):
        _write_in(session, run, failed)
    else:
        with create_session() as session:
            _write_in(session, run, failed)


def _write_in(session, run, failed: bool) -> None:
    from airflow.models.dagrun import DagRunNote

    stored = session.get(DagRunNote, run.id)
    if stored is not None and not (stored.content or PREFIX).startswith(PREFIX):
        return
    failures = _failures(session, run)
    text = note(_day(run), failures, _rows(session, run), failed)
    if stored is None:
        stored = DagRunNote(text)
        stored.dag_run_id = run.id
        session.add(stored)
    stored.content = text
    if failed:
        _write_on_tasks(session, run, failures)


def _write_on_tasks(session, run, failures: Mapping[str, str]) -> None:
    """Write each reason on its task too: Airflow keeps no log of a task of `airflow dags test`."""
    for task in run.get_task_instances(session=session):
        if task.task_id in failures and (task.note or PREFIX).startswith(PREFIX):
            task.note = f"{PREFIX}{failures[task.task_id]}"[:LONGEST]


def _day(run) -> str | None:
    day = (run.conf or {}).get("ds") or run.partition_key or run.logical_date
    return str(day)[:10] if day else None


def _failures(session, run) -> dict[str, str]:
    from airflow.models.xcom import XComModel

    entries = session.scalars(XComModel.get_many(run_id=run.run_id, dag_ids=run.dag_id, key=FAILURE))
    return {entry.task_id: str(XComModel.deserialize_value(entry)) for entry in entries}


def _rows(session, run) -> dict[str, Any]:
    """Return the rows of the decision tables that the run committed; of all other tables where there are none."""
    from airflow.models.asset import AssetEvent, AssetModel
    from sqlalchemy import select

    events = session.execute(
        select(AssetModel.name, AssetEvent.extra).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        .where(AssetEvent.source_dag_id == run.dag_id, AssetEvent.source_run_id == run.run_id)
        .order_by(AssetEvent.id)).all()
    rows = {table: extra["rows"] for table, extra in events}
    return {table: count for table, count in rows.items() if table.endswith("_risk_daily")} or rows


class RunNotes(AirflowPlugin):
    """Register this module as a listener."""

    name = "vigil_run_notes"
    listeners = [sys.modules[__name__]]
