"""Whether MLflow's and Airflow's databases can be read. A database on a server is not looked at."""

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
    """Airflow's database."""
    return config.home / "airflow" / "airflow.db"


def faults(config: Settings, *, whole: bool) -> Iterator[str]:
    """Every fault of both databases.

    Args:
        whole: also compare indexes with their tables, which takes longer.
    """
    yield from map(str, (fault for fault in (mlflow_fault(config, whole), airflow_fault(config, whole)) if fault))


def unreadable(config: Settings) -> Fault | None:
    """A database that no run could begin with. An empty file of MLflow's is one that it fills."""
    file = registry.database_file(config)
    return airflow_fault(config) or (mlflow_fault(config, tables=()) if file and _size(file) else None)


def mlflow_fault(config: Settings, whole: bool = False, tables: Sequence[str] = MLFLOW_TABLES) -> Fault | None:
    """What is wrong with MLflow's database; None where nothing is, or no file is there.

    Args:
        whole: also compare indexes with their tables, which takes longer.
        tables: that it must have.
    """
    file = registry.database_file(config)
    found = None if file is None else _found(file, tables, whole)
    if found is None:
        return None
    return Fault("MLflow, the registry of models and what was measured of them", str(file), found,
                 f"Restore it and {config.home / 'mlartifacts'} from a backup. Without one, move it away and train "
                 f"anew: {_move_away(file)} && make train")


def airflow_fault(config: Settings, whole: bool = False) -> Fault | None:
    """What is wrong with Airflow's database; None where nothing is, or there is none yet."""
    file = airflow_file(config)
    found = _found(file, AIRFLOW_TABLES, whole)
    if found is None:
        return None
    return Fault("Airflow, the history of its runs", str(file), found,
                 f"It holds nothing else: move it away, and the next run makes a new one: {_move_away(file)}")


def _move_away(file: Path) -> str:
    return shlex.join(["mv", str(file), f"{file}.damaged"])


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _found(file: Path, tables: Sequence[str], whole: bool) -> str | None:
    if not file.exists():
        return None
    if not _size(file):
        return "is empty (0 bytes)"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=10)) as db:
            told = db.execute(f"PRAGMA {'integrity_check' if whole else 'quick_check'}(1)").fetchone()[0]
            there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as failure:
        # Another process writes: that is no damage.
        return None if "locked" in str(failure) else f"cannot be read ({failure})"
    if told != "ok":
        return f"is damaged ({told.splitlines()[-1][:80]})"
    missing = [name for name in tables if name not in there]
    return f"has no table {missing[0]}" if missing else None
