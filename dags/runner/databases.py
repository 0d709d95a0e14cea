"""The databases of Airflow and MLflow: two files below VIGIL_HOME, or one Postgres database (DATABASE=).

In Postgres, MLflow has a schema of its own: both keep their version in a table `alembic_version`.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dags.runner.airflow_client import Airflow
from dags.runner.airflow_server import END_ABANDONED_RUNS
from jobs.errors import UserError
from jobs.runtime import console
from jobs.runtime.database_urls import for_psycopg, place
from jobs.settings import MLFLOW_SCHEMA, Settings

CONNECT_SECONDS = 10


@contextmanager
def database(config: Settings, process: Airflow) -> Iterator[None]:
    """Create Airflow's tables, if there are none, during the block. Else mark runs that were killed as failed.

    Raises:
        UserError: a database cannot be created, read or reached.
    """
    require_sound(config)
    log = config.home / "logs" / f"airflow-database-{os.getpid()}.log"
    if _is_ready(config):
        process.run(END_ABANDONED_RUNS, log)
        yield
        return
    console.log("setting Airflow's database up")
    with ExitStack() as unfinished, ThreadPoolExecutor(1) as executor:
        if config.database is None:
            # The next run would take a partly created file for a complete one.
            unfinished.callback(_file(config).unlink, missing_ok=True)
        migration = executor.submit(process.run, ["db", "migrate"], log)
        with ended_first(process):
            yield
            migration.result()
        if not migration.result()[0]:
            where = place(config.database) if config.database else config.home / "airflow"
            raise UserError(f"Airflow's database cannot be set up in {where}. Log: {log}")
        unfinished.pop_all()


@contextmanager
def ended_first(process: Airflow) -> Iterator[None]:
    """End the process on any exception, which would otherwise wait for the process's command."""
    try:
        yield
    except BaseException:
        process.end()
        raise


def require_sound(config: Settings) -> None:
    """Require readable databases of Airflow and MLflow: a run would fail minutes later.

    Raises:
        DamagedStore: the file of a database cannot be read.
    """
    from jobs.integrity import database_check

    damage = database_check.unreadable(config)
    if damage is not None:
        raise damage.error()


def _is_ready(config: Settings) -> bool:
    """Return whether Airflow's tables exist. In Postgres, MLflow's schema is created.

    Raises:
        UserError: the Postgres server cannot be reached, or allows no schema.
    """
    if config.database is None:
        return _file(config).exists()
    import psycopg

    try:
        with psycopg.connect(for_psycopg(config.database), connect_timeout=CONNECT_SECONDS) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {MLFLOW_SCHEMA}")
            has_tables, = connection.execute("SELECT to_regclass('log_template') IS NOT NULL").fetchone()
            # A migration that was interrupted goes on: rows of this table come last.
            return has_tables and connection.execute("SELECT 1 FROM log_template").fetchone() is not None
    except psycopg.Error as failure:
        reason = " ".join(str(failure).split())
        raise UserError(f"The database {place(config.database)} cannot be used: {reason}. Start the server or correct "
                        "the URL, then: make nightly DATABASE=postgresql://user:password@host:5432/name") from None


def _file(config: Settings) -> Path:
    return config.home / "airflow" / "airflow.db"
