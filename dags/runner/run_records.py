"""What Airflow stores of a run that `airflow dags test` creates: its real start, and the day that it is about.

Airflow gives such a run the start of its logical date, so that a run of 40 s over a day of last week lasts a week. Its
data interval ends before the day that the run is about.
"""

import datetime as dt

from jobs.engines.processes import is_alive


def end_abandoned() -> int:
    """Mark the runs and tasks of killed `make nightly` and `make train` as failed, and return how many runs.

    Such a run would be shown as running for ever: no scheduler knows it. The process that owns it is in its `conf`.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, TaskInstanceState
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import select

    with create_session() as session:
        runs = [run for run in session.scalars(select(DagRun).where(
            DagRun.triggered_by == DagRunTriggeredByType.TEST, DagRun.state == DagRunState.RUNNING))
            if not is_alive((run.conf or {}).get("owner") or 0)]
        for run in runs:
            tasks = [task for task in run.get_task_instances(session=session) if task.start_date]
            for task in tasks:
                if task.end_date is None:
                    task.state, task.end_date = TaskInstanceState.FAILED, task.last_heartbeat_at or task.start_date
            run.set_state(DagRunState.FAILED)
            run.end_date = max((task.end_date for task in tasks), default=run.start_date)  # the last sign of life
    return len(runs)


def correct() -> None:
    """Correct each run that this process creates by `airflow dags test`, before its row is written."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import event

    if not event.contains(DagRun, "before_insert", _correct):
        event.listen(DagRun, "before_insert", _correct)


def _correct(_mapper, _connection, run) -> None:
    from airflow.utils.types import DagRunTriggeredByType

    if run.triggered_by == DagRunTriggeredByType.TEST and run.logical_date is not None:
        run.start_date = run.run_after  # the time at which the run was created
        # The page of runs begins with the id. The time keeps a second run of the day apart.
        run.run_id = f"{run.logical_date:%Y-%m-%d}__{run.run_after:%Y-%m-%dT%H-%M-%S}"
        run.data_interval_start = run.logical_date
        run.data_interval_end = run.logical_date + dt.timedelta(days=1)
