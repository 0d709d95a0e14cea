"""The client of the Airflow server: it sends commands to one process and shows the log of the steps."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dags.runner import step_progress
from dags.runner.airflow_server import ENDED
from jobs.runtime import live_line
from jobs.runtime.console import LOG_PREFIX
from jobs.runtime.plain_paths import plain_path
from jobs.runtime.process_exit import at_once, die_with_parent, end_groups, kill_group
from jobs.runtime.terminal_text import visible
from jobs.settings import REPOSITORY, Settings, sqlite_url

# The process is killed soon: Airflow would start the next try of an interrupted task. Every commit is atomic.
ENDING_SECONDS = 1.0


class Airflow:
    """A process that runs Airflow's commands one after the other. It starts with the object.

    Args:
        env: environment of the process and of the steps that it runs.
    """

    def __init__(self, env: Mapping[str, str]):
        # A process group of its own: Ctrl-C reaches only this process, whose end then ends the whole group.
        self._process = subprocess.Popen([sys.executable, "-m", "dags.runner.airflow_server"], env=env, cwd=REPOSITORY,
                                         text=True, encoding="utf-8", errors="replace", stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                         preexec_fn=die_with_parent)
        at_once(lambda: kill_group(self._process))

    def run(self, command: Sequence[str], log: Path) -> tuple[bool, dict[str, float]]:
        """Run a command to its end, and show the log lines of the steps. The whole output goes to the log file.

        Returns:
            Whether the command succeeded, and the seconds of each stage that succeeded.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        stages: dict[str, float] = {}
        with log.open("w", buffering=1) as log_file, live_line.working(step_progress.BETWEEN_STEPS) as work:
            progress = step_progress.StepProgress(work)
            self._send(command)
            for line in self._process.stdout:
                log_file.write(visible(line, keep="\n\t"))
                if not line.startswith(LOG_PREFIX):
                    continue
                text = line.removeprefix(LOG_PREFIX).rstrip()
                if text.startswith(ENDED):
                    return text == f"{ENDED}0", stages
                if ended := step_progress.seconds_of(text):
                    stages[ended[0]] = ended[1]
                progress.show(text)
        return False, stages

    def end(self) -> None:
        """End the process, also during a command."""
        end_groups([self._process], ENDING_SECONDS)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()

    def _send(self, command: Sequence[str]) -> None:
        try:
            self._process.stdin.write(f"{json.dumps(list(command))}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the process has ended, and `run` reads the rest of its output


@contextmanager
def airflow(config: Settings, more: Mapping[str, str] | None = None) -> Iterator[Airflow]:
    """Run Airflow with Vigil's DAGs and a database below VIGIL_HOME until the block ends."""
    process = Airflow({**environment(config), **(more or {})})
    try:
        yield process
    finally:
        process.end()


def environment(config: Settings) -> dict[str, str]:
    """Return the environment of Airflow and its tasks."""
    home = plain_path(config.home) / "airflow"
    return {
        **os.environ,
        "VIGIL_HOME": str(config.home),
        "PYTHONPATH": str(REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(plain_path(REPOSITORY) / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        **_database(config, home / "airflow.db"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # Airflow's first start writes these paths into airflow.cfg, where they would be wrong after a move of the home.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plain_path(REPOSITORY) / "dags" / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "PYTHONWARNINGS": "ignore",
    }


def _database(config: Settings, file: Path) -> dict[str, str]:
    """Return the variables of Airflow's database. psycopg serves the asynchronous connections of the API too."""
    if config.database is None:
        return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlite_url(file)}
    return dict.fromkeys(("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"),
                         config.database)
