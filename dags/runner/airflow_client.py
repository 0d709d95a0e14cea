"""Airflow as the runner sees it: one process that runs commands and says how they go."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dags.runner.airflow_server import ENDED
from jobs.runtime.console import LOG_PREFIX, fitted
from jobs.runtime.plain_paths import plain_path
from jobs.runtime.process_exit import at_once, die_with_parent, end_groups, kill_group
from jobs.settings import REPOSITORY, Settings, sqlite_url

# Airflow would let a task that is interrupted fail, and begin its next try. What is committed, is committed as a whole.
ENDING_SECONDS = 1.0


class Airflow:
    """Runs Airflow's commands one after the other, in one process that comes up at once.

    Args:
        env: what the process and the steps that it runs find in their environment.
    """

    def __init__(self, env: Mapping[str, str]):
        # In a group of its own, so that Ctrl-C reaches whoever waits for it alone, and ends what it has started too.
        self._process = subprocess.Popen([sys.executable, "-m", "dags.runner.airflow_server"], env=env, cwd=REPOSITORY,
                                         text=True, encoding="utf-8", errors="replace", stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                         preexec_fn=die_with_parent)
        at_once(lambda: kill_group(self._process))

    def run(self, command: Sequence[str], log: Path) -> tuple[bool, dict[str, float]]:
        """Run a command to its end, showing what the steps say of themselves. Everything goes to the log.

        Returns:
            Whether it succeeded, and the seconds of each stage that did.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        stages: dict[str, float] = {}
        with log.open("w", buffering=1) as kept:
            self._tell(command)
            for line in self._process.stdout:
                kept.write(line)
                if not line.startswith(LOG_PREFIX):
                    continue
                text = line.removeprefix(LOG_PREFIX).rstrip()
                if text.startswith(ENDED):
                    return text == f"{ENDED}0", stages
                if text.startswith("[done] "):
                    stage, seconds = text.removeprefix("[done] ").removesuffix(" s").rsplit(": ", 1)
                    stages[stage] = float(seconds)
                sys.stdout.write(fitted(f"{'  ' if text.startswith('[') else '      '}{text}", " " * 10) + "\n")
                sys.stdout.flush()
        return False, stages

    def end(self) -> None:
        """End the process, in the middle of a command where it is in one."""
        end_groups([self._process], ENDING_SECONDS)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()

    def _tell(self, command: Sequence[str]) -> None:
        try:
            self._process.stdin.write(f"{json.dumps(list(command))}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it is gone: what it said last is still to be read


@contextmanager
def airflow(config: Settings, more: Mapping[str, str] | None = None) -> Iterator[Airflow]:
    """Airflow with our DAGs and its database below VIGIL_HOME, until the block ends."""
    process = Airflow({**environment(config), **(more or {})})
    try:
        yield process
    finally:
        process.end()


def environment(config: Settings) -> dict[str, str]:
    """The environment in which Airflow and its tasks run."""
    home = plain_path(config.home) / "airflow"
    return {
        **os.environ,
        "VIGIL_HOME": str(config.home),
        "PYTHONPATH": str(REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(plain_path(REPOSITORY) / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlite_url(home / "airflow.db"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # Airflow's first start writes these into airflow.cfg, where they would outlive a move of the home.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "PYTHONWARNINGS": "ignore",
    }
