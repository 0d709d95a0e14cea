"""Check that MLflow's and Airflow's database files can be read. A database on a server is not checked."""

import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from jobs.settings import Settings
from jobs.storage.faults import Fault
from jobs.training import registry

MLFLOW_TABLES = ("registered_models", "model_versions", "runs")
AIRFLOW_TABLES = ("dag_run", "task_instance", "alembic_version")


def airflow_file(config: Settings) -> Path:
    """Return the file of Airflow's database."""
    return config.home / "airflow" / "airflow.db"


def faults(config: Settings, *, check_indexes: bool) -> Iterator[str]:
    """Yield every fault of both databases.

    Args:
        check_indexes: also compare indexes with their tables, which takes longer.
    """
    yield from map(str, filter(None, (mlflow_fault(config, check_indexes), airflow_fault(config, check_indexes))))


def unreadable(config: Settings) -> Fault | None:
    """Return the fault of a database that prevents every run; else None. MLflow fills an empty file of its own."""
    file = registry.database_file(config)
    return airflow_fault(config) or (mlflow_fault(config, tables=()) if file and _size(file) else None)


def mlflow_fault(config: Settings, check_indexes: bool = False, tables: Sequence[str] = MLFLOW_TABLES) -> Fault | None:
    """Return the fault of MLflow's database; None where it has none, or no file exists.

    Args:
        check_indexes: also compare indexes with their tables, which takes longer.
        tables: tables that the database must have.
    """
    file = registry.database_file(config)
    damage = None if file is None else _damage(file, tables, check_indexes)
    if damage is None:
        return None
    return Fault("MLflow, the registry of models and their metrics", str(file), damage,
                 f"Restore it and {config.home / 'mlartifacts'} from a backup. Without one, move it away and train "
                 f"again: {_move_away(file)} && make train")


def airflow_fault(config: Settings, check_indexes: bool = False) -> Fault | None:
    """Return the fault of Airflow's database; None where it has none, or no file exists."""
    file = airflow_file(config)
    damage = _damage(file, AIRFLOW_TABLES, check_indexes)
    if damage is None:
        return None
    return Fault("Airflow, the history of its runs", str(file), damage,
                 f"It holds nothing else: move it away, and the next run makes a new one: {_move_away(file)}")


def _move_away(file: Path) -> str:
    return shlex.join(["mv", str(file), f"{file}.damaged"])


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _damage(file: Path, tables: Sequence[str], check_indexes: bool) -> str | None:
    """Return the damage of a database file, for a `Fault`; None where it has none or does not exist."""
    if not file.exists():
        return None
    if not _size(file):
        return "is empty (0 bytes)"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=10)) as db:
            result = db.execute(f"PRAGMA {'integrity_check' if check_indexes else 'quick_check'}(1)").fetchone()[0]
            found_tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as failure:
        # A lock of another process is no damage.
        return None if "locked" in str(failure) else f"cannot be read ({failure})"
    if result != "ok":
        return f"is damaged ({result.splitlines()[-1][:80]})"
    missing = [name for name in tables if name not in found_tables]
    return f"has no table {missing[0]}" if missing else None
