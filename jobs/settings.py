"""The settings of a process. No other module reads the environment."""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jobs.errors import UserError
from jobs.runtime.database_urls import database_url, in_schema
from jobs.runtime.plain_paths import plain_path

REPOSITORY = Path(__file__).resolve().parent.parent

MLFLOW_SCHEMA = "mlflow"  # of MLflow's tables in a Postgres database


class Engine(StrEnum):
    """Server of the DataFrame API. Spark is the reference."""

    SPARK = "spark"
    SAIL = "sail"


@dataclass(frozen=True)
class Settings:
    """Folders, servers and limits of a run. Paths are absolute.

    `sources` and `raw` are None without `VIGIL_SOURCES`.
    """

    home: Path
    landing: Path
    lake: str
    sources: Path | None
    raw: Path | None
    spark_remote: str | None
    spark_master: str | None
    tracking_uri: str = field(repr=False)  # may have a password
    java_home: str | None = None
    server: str | None = None
    driver_memory: str = "4g"
    engine: Engine = Engine.SPARK
    owner_pid: int = 0  # process whose end stops a run's Spark; 0: the run stops it itself
    train_memory: int | None = None  # MB; a larger training matrix goes to files (jobs/training/external_memory.py)
    team: str = "vigil"  # owner of the DAGs on Airflow's pages
    notifier: str | None = None  # package.module:object, one of Airflow's notifiers (dags/alerts.py)
    database: str | None = field(default=None, repr=False)  # Postgres for Airflow and MLflow; None: files in the home
    airflow_port: int = 8080
    mlflow_port: int = 5000
    policies: Path = REPOSITORY / "policies"  # folder that jobs/decisions/policy_files.py reads
    key: str | None = field(default=None, repr=False)  # VIGIL_KEY; jobs/ingestion/masking_key.py reads the key file

    @property
    def on_cluster(self) -> bool:
        """Whether Spark is a cluster that can train models. A Spark in this process or over Spark Connect cannot."""
        return not self.spark_remote and (self.spark_master or "").startswith("spark://")

    @property
    def key_file(self) -> Path:
        """File of the masking key. VIGIL_KEY, where it is set, replaces the file."""
        return self.home / "key"

    def server_file(self, run_id: str) -> Path:
        """Address file of the Spark Connect server that a run uses. Several runs may share a server."""
        return self.home / "spark" / f"{self.server or run_id}.json"


def load_settings(env: dict[str, str] | None = None) -> Settings:
    """Return the settings of this process, from the `VIGIL_*` variables and their defaults.

    Args:
        env: the environment to read; the process's own when None.

    Raises:
        UserError: ENGINE names no engine, SPARK_MASTER or VIGIL_SOURCES contradicts ENGINE, or a value has no meaning.
    """
    env = dict(os.environ) if env is None else env
    engine = _engine(env.get("ENGINE") or Engine.SPARK)
    if engine is Engine.SAIL:
        _refuse_on_sail(env)
    home = _path(env, "VIGIL_HOME") or _usable(REPOSITORY / "var", "VIGIL_HOME")
    database = database_url(env["VIGIL_DATABASE"], "DATABASE") if env.get("VIGIL_DATABASE") else None
    return Settings(
        home=home,
        landing=_path(env, "VIGIL_LANDING") or home / "landing",
        lake=_lake(env) or str(home / "lake"),
        sources=_path(env, "VIGIL_SOURCES"),
        raw=_path(env, "VIGIL_RAW"),
        spark_remote=env.get("SPARK_REMOTE") or None,
        spark_master=env.get("SPARK_MASTER") or None,
        tracking_uri=env.get("MLFLOW_TRACKING_URI") or (
            in_schema(database, MLFLOW_SCHEMA) if database else sqlite_url(home / "mlflow.db")),
        java_home=env.get("JAVA_HOME") or None,
        server=env.get("VIGIL_SERVER") or None,
        driver_memory=env.get("SPARK_DRIVER_MEMORY") or "4g",
        engine=engine,
        owner_pid=_process(env.get("VIGIL_OWNER")),
        train_memory=_megabytes(env.get("VIGIL_TRAIN_MEMORY")),
        team=env.get("VIGIL_TEAM") or "vigil",
        notifier=env.get("VIGIL_NOTIFIER") or None,
        database=database,
        airflow_port=_port(env, "VIGIL_AIRFLOW_PORT", 8080),
        mlflow_port=_port(env, "VIGIL_MLFLOW_PORT", 5000),
        policies=_path(env, "VIGIL_POLICIES") or REPOSITORY / "policies",
        key=env.get("VIGIL_KEY") or None,
    )


def _refuse_on_sail(env: dict[str, str]) -> None:
    if env.get("SPARK_MASTER"):
        raise UserError("ENGINE=sail has a server of its own, and SPARK_MASTER names a Spark. Unset one of them.")
    if env.get("VIGIL_SOURCES"):
        raise UserError("VIGIL_SOURCES names SELECTs, which are written for Spark. Sail's error about a value that a "
                        "SELECT cannot work with quotes the value, so that ENGINE=sail reads landing folders alone. "
                        "Use ENGINE=spark.")


def _engine(value: str) -> Engine:
    if value not in list(Engine):
        raise UserError(f"ENGINE={value}: no such engine. Expected {' or '.join(Engine)}.")
    return Engine(value)


def sqlite_url(file: Path) -> str:
    """Return the SQLAlchemy URL of a SQLite file.

    SQLAlchemy reads `%41` in a URL as `A`, and text after `?` as options. A path with either sign is replaced by a
    plain path.
    """
    return f"sqlite:///{plain_path(file.parent) / file.name if {'%', '?'} & set(str(file)) else file}"


def _path(env: dict[str, str], name: str) -> Path | None:
    """Return the path in a variable. A relative path starts at the repository, not at the current folder."""
    value = env.get(name)
    if not value:
        return None
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise UserError(f"{name}={value}: no such user. Write the folder's whole path.") from None
    return _usable((path if path.is_absolute() else REPOSITORY / path).resolve(), name)


def _usable(path: Path, name: str) -> Path:
    """Return the path if every engine can read files below it.

    Delta and Sail cannot name a file whose path has a control character or bytes that are not UTF-8.

    Raises:
        UserError: the path has a character that an engine cannot read.
    """
    text = str(path)
    if any(ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) < 0xE000 for character in text):
        raise UserError(f"{name}={text!r}: a path with a line break, a tab or bytes that are not UTF-8. "
                        f"Rename the folder, or set {name} to another one.")
    if ":" in text and {"[", "{", "*", "?", "\\"} & set(text):
        raise UserError(f"{name}={text}: Spark cannot read a path with a colon beside a bracket, a star, a question "
                        f"mark or a backslash. Rename the folder, or set {name} to another one.")
    return path


def _lake(env: dict[str, str]) -> str | None:
    """Return the lake as a folder or as the URL of an object store. A file: URL becomes a folder."""
    value = env.get("VIGIL_LAKE") or ""
    if value.startswith("file://"):
        return str(_usable(Path(url2pathname(urlsplit(value).path)), "VIGIL_LAKE"))
    return value if "://" in value else str(_path(env, "VIGIL_LAKE") or "") or None


def _process(value: str | None) -> int:
    if value and not (value.isascii() and value.isdigit()):
        raise UserError(f"VIGIL_OWNER is {value!r}. Expected the number of a process.")
    return int(value or 0)


def _megabytes(value: str | None) -> int | None:
    if value and not (value.isascii() and value.isdigit() and int(value)):
        raise UserError(f"VIGIL_TRAIN_MEMORY is {value!r}. Expected a whole number of megabytes, such as 4000")
    return int(value) if value else None


def _port(env: dict[str, str], name: str, usual: int) -> int:
    value = env.get(name)
    if value and not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise UserError(f"{name} is {value!r}. Expected a port from 1 to 65535, such as {usual}")
    return int(value or usual)
