"""Settings of both DAGs, and the tasks that start and stop a run's Spark server."""

import datetime as dt
from typing import Any

from airflow.sdk import Param

from dags.alerts import late_alert, task_failed
from dags.job_operator import JobOperator
from jobs.settings import load_settings


def run_settings() -> dict[str, Any]:
    """Return the arguments of a DAG with one run per day."""
    return {
        "start_date": dt.datetime(2000, 1, 1, tzinfo=dt.UTC),  # Airflow runs no task of an earlier day
        "catchup": False,
        "max_active_runs": 1,  # a day depends on earlier days, and a partition has one writer
        "default_args": {
            "owner": load_settings().team,
            "retries": 2,
            # Backoff in Airflow has jitter: it waits one to two minutes, then two to four.
            "retry_delay": dt.timedelta(minutes=1),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": dt.timedelta(minutes=10),
            "on_failure_callback": task_failed,
        },
        "deadline": late_alert(),
        "params": {"ds": Param(None, type=["null", "string"], format="date",
                               description="the day; empty: the run's own"),
                   "owner": Param(0, type="integer", description="process whose end stops Spark")},
        "tags": ["vigil"],
    }


def spark_server() -> tuple[JobOperator, JobOperator]:
    """Return the task that starts the run's Spark server, and the task that stops it after success or failure."""
    start = JobOperator(job="spark_server", task_id="start_spark",
                        arguments=["start", "--owner", "{{ params.owner }}"]).as_setup()
    stop = JobOperator(job="spark_server", task_id="stop_spark", arguments=["stop"]).as_teardown(setups=start)
    return start, stop
