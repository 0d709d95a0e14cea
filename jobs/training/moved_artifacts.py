"""Paths of MLflow's artifacts in a moved or copied home.

MLflow stores absolute paths, which still name the old home after the move.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jobs.runtime import console
from jobs.settings import Settings, sqlite_url

FOLDER = "mlartifacts"
LOCATIONS = (("experiments", "artifact_location"), ("runs", "artifact_uri"), ("model_versions", "source"),
             ("model_versions", "storage_location"), ("logged_models", "artifact_location"))

_mended: set[Path] = set()  # homes that this process has checked


def mend(config: Settings) -> None:
    """Point MLflow's database in VIGIL_HOME to the artifacts in VIGIL_HOME, in one transaction, and log the change.

    A location stays unchanged if only the other home has its artifacts. Another tracking server is never changed.
    """
    file = config.home / "mlflow.db"
    if config.home in _mended or config.tracking_uri != sqlite_url(file) or not file.exists():
        return
    _mended.add(config.home)
    with closing(sqlite3.connect(file)) as db:
        moved = _moved(db, config.home)
        with db:
            for (table, column, row), location in moved.items():
                db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (location, row))
    if moved:
        console.log(f"MLflow: {len(moved)} locations of artifacts were in another home and are in {config.home} now")


def _moved(db: sqlite3.Connection, home: Path) -> dict[tuple[str, str, int], str]:
    """Return the new locations, by table, column and row."""
    try:
        stored = {(table, column, row): Path(url2pathname(urlsplit(location).path)) for table, column in LOCATIONS
                  for row, location in db.execute(f"SELECT rowid, {column} FROM {table} "
                                                  f"WHERE {column} LIKE 'file:%/{FOLDER}/%'")}
    except sqlite3.DatabaseError:
        return {}  # MLflow has not created these tables yet, or will itself report a damaged database
    elsewhere = {cell: path for cell, path in stored.items() if _home_of(path) != str(home)}
    moved_homes = {_home_of(path) for path in elsewhere.values() if _in_home(home, path).exists()}
    return {cell: _in_home(home, path).as_uri() for cell, path in elsewhere.items() if _home_of(path) in moved_homes
            # An artifact that only the other home has stays there. New runs of an experiment belong to this home.
            and (cell[0] == "experiments" or _in_home(home, path).exists() or not path.exists())}


def _home_of(path: Path) -> str:
    """Return the home that contains an artifact path."""
    return str(path).rpartition(f"/{FOLDER}/")[0]


def _in_home(home: Path, path: Path) -> Path:
    """Return the same artifact path in this home."""
    return home / FOLDER / str(path).rpartition(f"/{FOLDER}/")[2]
