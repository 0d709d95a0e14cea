"""Runs Airflow's commands in this process, one after the other: what `dags.runner.airflow_client` starts.

Airflow, its API and what our steps import cost a run ten seconds. Here runs that follow each other pay once,
and while the caller still makes what the first one will read. A command is a line on standard input, a list in
JSON; after what it prints comes a line that says how it ended.
"""

import importlib
import json
import os
import select
import sys
import traceback

from jobs.runtime import console

ENDED = "[ended] "

# What commands and steps import when they are run, in the order in which a training comes to it.
HEAVY = ("airflow.cli.commands.dag_command", "airflow.api_fastapi.execution_api.app", "pyspark.sql.connect.session",
         "great_expectations", "duckdb", "mlflow.xgboost", "matplotlib.figure")


def main() -> None:
    commands, ahead = _output_redirected(), iter(HEAVY)
    while True:
        if not _waiting_commands(commands) and (module := next(ahead, None)):
            importlib.import_module(module)
        elif line := commands.readline():
            console.log(f"{ENDED}{run(json.loads(line))}")
        else:
            return


def _waiting_commands(commands) -> bool:
    """Whether a command is there to be read. The caller sends the next one when it was told how the last ended."""
    return bool(select.select([commands], [], [], 0)[0])


def run(command: list[str]) -> int:
    """Run one command, such as `["dags", "test", "risk_nightly", "2026-11-20"]`, and return its exit code."""
    from airflow.__main__ import main as airflow

    sys.argv = ["airflow", *command]
    try:
        airflow()
    except SystemExit as end:
        return 0 if end.code in (None, 0) else 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _output_redirected():
    """Standard input, and nothing in its place: what is run below must not read the next command."""
    commands = os.fdopen(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    return commands


if __name__ == "__main__":
    main()
