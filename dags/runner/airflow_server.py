"""A server of Airflow's commands: it runs them in this process, one after the other.

`dags.runner.airflow_client` starts it. Airflow, its API and the steps' imports cost a run ten seconds. Consecutive runs
in one process pay once, while the caller still prepares the first run's input. A command is a line on standard input,
a list in JSON. The last line of a command's output gives its exit code.
"""

import importlib
import json
import os
import select
import sys
import traceback

from dags.runner import run_records
from jobs.runtime import console
from jobs.runtime.process_exit import leave

ENDED = "[ended] "
END_ABANDONED_RUNS = ["end-abandoned-runs"]

# Modules that commands and steps import, in the order of a training.
HEAVY = ("airflow.cli.commands.dag_command", "airflow.api_fastapi.execution_api.app", "pyspark.sql.connect.session",
         "great_expectations", "duckdb", "mlflow.xgboost", "matplotlib.figure")


def main() -> None:
    commands, modules = _output_redirected(), iter(HEAVY)
    while True:
        if not _waiting_commands(commands) and (module := next(modules, None)):
            importlib.import_module(module)
        elif line := commands.readline():
            console.log(f"{ENDED}{run(json.loads(line))}")
        else:
            return


def _waiting_commands(commands) -> bool:
    """Return whether a command waits. The caller sends the next command only after the last one's exit code."""
    return bool(select.select([commands], [], [], 0)[0])


def run(command: list[str]) -> int:
    """Run one command, such as `["dags", "test", "risk_nightly", "2026-11-20"]`, and return its exit code.

    `END_ABANDONED_RUNS` is a command of ours, which only this process has.
    """
    from airflow.__main__ import main as airflow

    run_records.correct()
    sys.argv = ["airflow", *command]
    try:
        if command == END_ABANDONED_RUNS:
            if ended := run_records.end_abandoned():
                console.log(f"{ended} of the runs before were killed: marked as failed in Airflow")
        else:
            airflow()
    except SystemExit as end:
        return 0 if end.code in (None, 0) else 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _output_redirected():
    """Return standard input, and replace it by an empty one: a command must not read the next command."""
    commands = os.fdopen(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    return commands


if __name__ == "__main__":
    main()
    leave(0)
