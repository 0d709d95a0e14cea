"""The Airflow operator of a step of `jobs/`, which runs the step in the task's own process.

A step's imports cost more than most steps. In one process, a run of `airflow dags test` pays for them once.
"""

import importlib
import textwrap
import time
from collections.abc import Sequence

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowTaskTimeout

from dags.steps_under_way import under_way
from dags.table_assets import assets_of, commits_of, day_of_events
from dags.task_page import task_page
from dags.time_limits import time_limit


class JobOperator(BaseOperator):
    """`python -m jobs.<job> --ds <day> --run-id <run> <arguments>`.

    The task's name is the job's name, or `task_id` if a DAG uses a job twice. Airflow tries a task again only after a
    failure that can pass by itself (jobs/failures/retry.py). Its page is the step's docstring (dags/task_page.py), its
    time limit is the step's (dags/time_limits.py).

    Args:
        commits: the stage whose tables the step commits, in the words of `jobs.validate --stage`. Their assets are the
            task's outlets (dags/table_assets.py).
    """

    template_fields: Sequence[str] = ("arguments",)

    def __init__(self, *, job: str, arguments: Sequence[str] = (), task_id: str | None = None,
                 commits: str | None = None, **kwargs):
        super().__init__(task_id=task_id or job, outlets=assets_of(commits),
                         **{"doc_md": task_page(job, arguments), "execution_timeout": time_limit(job), **kwargs})
        self.job = job
        self.arguments = list(arguments)
        self.commits = commits

    def execute(self, context) -> None:
        from jobs.failures.disk_errors import disk_errors_refused
        from jobs.runtime import console
        from jobs.runtime.run_names import run_name
        from jobs.settings import load_settings

        ds, run = resolve_day(context), run_name(context["run_id"])
        command = [*self.arguments, "--ds", ds, "--run-id", run]
        console.log(f"[start] {context['ti'].task_id}: python -m jobs.{self.job} {' '.join(command)}")
        began = time.monotonic()
        try:
            with under_way(load_settings(), run, self.task_id), disk_errors_refused():
                importlib.import_module(f"jobs.{self.job}").main(command)
        except AirflowTaskTimeout:  # no Exception: it ends a step that hangs
            self._log_failure(context["ti"], self._past_its_limit(context["ti"]))
            raise
        except Exception as failure:
            self._fail(context["ti"], failure)
        console.log(f"[done] {context['ti'].task_id}: {time.monotonic() - began:.1f} s")
        if self.commits:
            self._announce(context["outlet_events"], ds, run)

    def _announce(self, events, ds: str, run: str) -> None:
        """Give the event of each committed table its extras. Airflow makes an event for every outlet that is left."""
        from jobs.settings import load_settings
        from jobs.storage.lake import Lake

        commits = commits_of(Lake(load_settings().lake, run), self.commits, ds)
        self.outlets[:] = [asset for asset in self.outlets if asset.name in commits]
        for asset in self.outlets:
            events[asset].extra = commits[asset.name]

    def _fail(self, task, failure: Exception) -> None:
        """Log the failure of the step, and end the task.

        Raises:
            AirflowFailException: a second try cannot succeed, and would only delay the message.
            Exception: the failure itself, if it can pass by itself; Airflow then tries again.
        """
        from jobs.errors import UserError
        from jobs.failures import messages, retry
        from jobs.integrity import explanation
        from jobs.runtime import console
        from jobs.settings import load_settings

        if not isinstance(failure, UserError):
            # Indented, the lines are for the log alone: the terminal shows those that begin with the log's prefix.
            console.show(textwrap.indent(messages.details(failure), "  "))
        if retry.can_pass(failure, self.job):
            summary = str(failure) if isinstance(failure, UserError) else messages.summary(failure)
            self._log_failure(task, f"{summary}{self._next_try(task)}")
            raise failure
        reason = explanation.reason(failure, load_settings())
        self._log_failure(task, reason)
        raise AirflowFailException(reason) from None

    def _log_failure(self, task, reason: str) -> None:
        """Log why a try failed, and leave the reason for the note of the run (dags/plugins/run_notes.py)."""
        from dags.plugins.run_notes import FAILURE
        from jobs.runtime import console

        console.log(f"[failed] {task.task_id}: {reason}")
        task.xcom_push(FAILURE, reason)

    def _past_its_limit(self, task) -> str:
        minutes = self.execution_timeout.total_seconds() / 60
        return (f"it had not ended after {minutes:g} minutes, the limit of its step in dags/time_limits.py"
                f"{self._next_try(task)}")

    def _next_try(self, task) -> str:
        if task.try_number > self.retries:
            return (f". The last of {self.retries + 1} tries failed too: check the servers and databases of the step, "
                    "then run the day again")
        # Airflow draws the wait by the task and the try, between these two.
        shortest = self.retry_delay * (self.retry_exponential_backoff or 1) ** (task.try_number - 1)
        longest = min(2 * shortest, self.max_retry_delay or 2 * shortest)
        return (f". It can pass by itself: waiting {shortest.total_seconds():.0f} to {longest.total_seconds():.0f} s, "
                "then trying again")


def validation(stage: str) -> JobOperator:
    """Return the task `validate_<stage>`, which audits a stage and commits its tables."""
    return JobOperator(job="validate", task_id=f"validate_{stage}", arguments=["--stage", stage], commits=stage)


def resolve_day(context) -> str:
    """Return the day of a run: its parameter `ds`, else its partition, else its logical date, else that of its events.

    Raises:
        AirflowFailException: a run by hand that names no day.
    """
    run = context["dag_run"]
    day = (context["params"].get("ds") or getattr(run, "partition_key", None) or run.logical_date
           or day_of_events(context.get("triggering_asset_events")))
    if not day:
        raise AirflowFailException("This run names no day. Trigger it with the parameter ds, "
                                   'for instance {"ds": "2026-11-20"}.')
    return str(day)[:10]
