"""Deadlines of runs by `airflow dags test`: such a run has no scheduler that could find it late.

In Airflow 3.3.2 it stops with an AttributeError when it ends well and its DAG has a deadline: it takes the deadline's
definition for the id of a stored one.
"""

import sys

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin


@hookimpl
def on_dag_run_success(dag_run, msg: str) -> None:
    """Delete the run's deadline before Airflow looks it up."""
    _delete(dag_run)


@hookimpl
def on_dag_run_failed(dag_run, msg: str) -> None:
    """Delete the deadline of a run that has ended: a scheduler would later call it missed."""
    _delete(dag_run)


def _delete(run) -> None:
    from airflow.models.deadline import Deadline
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import delete

    if run.triggered_by != DagRunTriggeredByType.TEST or not run.dag.deadline:
        return
    run.dag.deadline = None  # of the copy that this run alone has
    with create_session() as session:
        session.execute(delete(Deadline).where(Deadline.dagrun_id == run.id))


class TestedDeadlines(AirflowPlugin):
    """Register this module as a listener."""

    name = "vigil_tested_deadlines"
    listeners = [sys.modules[__name__]]
