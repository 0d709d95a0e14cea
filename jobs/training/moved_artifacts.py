"""MLflow keeps the whole path of every artifact. In a home that was moved or copied, they lead to where it was."""

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

_mended: set[Path] = set()  # homes that this process has looked at


def mend(config: Settings) -> None:
    """Let MLflow's database in VIGIL_HOME lead to the artifacts beside it, in one transaction, and say so.

    A location is left alone where its artifacts are in the other home alone. Another tracking server is none of ours.
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
    """The locations that have to change, by table, column and row."""
    try:
        found = {(table, column, row): Path(url2pathname(urlsplit(location).path)) for table, column in LOCATIONS
                 for row, location in db.execute(f"SELECT rowid, {column} FROM {table} "
                                                 f"WHERE {column} LIKE 'file:%/{FOLDER}/%'")}
    except sqlite3.DatabaseError:
        return {}  # MLflow has not made these tables yet, or will say what is wrong with them
    elsewhere = {at: path for at, path in found.items() if _homes(path) != str(home)}
    known = {_homes(path) for path in elsewhere.values() if _here(home, path).exists()}
    return {at: _here(home, path).as_uri() for at, path in elsewhere.items() if _homes(path) in known
            # What is in the other home alone stays there. A new run of an experiment belongs here.
            and (at[0] == "experiments" or _here(home, path).exists() or not path.exists())}


def _homes(path: Path) -> str:
    """The home whose artifacts a path is among."""
    return str(path).rpartition(f"/{FOLDER}/")[0]


def _here(home: Path, path: Path) -> Path:
    """Where a path would be in this home."""
    return home / FOLDER / str(path).rpartition(f"/{FOLDER}/")[2]
