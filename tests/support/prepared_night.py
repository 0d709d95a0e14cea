"""A small demo marketplace (simulated) and its first night on Sail, made once for all processes of a test run."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from jobs.settings import REPOSITORY
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum

DAY = "2026-11-20"
CRASH = "tests/support/crash_injection.py"  # runs steps in one process, and kills it at a point
ENTITIES = ("seller", "user", "creator", "order")
PUBLISHED = [f"{entity}_{kind}" for entity in ENTITIES for kind in ("features", "scores", "risk_daily")]
PUBLISHED += ["decision_daily", "review_queue_daily", "experiment_units", "exposure_daily", "effect_daily",
              "prevalence_weekly", "loss_ledger", "loss_monthly", "governance_funnel_daily",
              "displacement_weekly", "goal_daily", "case_attribution_daily", "case_fairness_weekly"]

# The steps of a night, part by part: what writes, and what commits it.
NIGHT = {"ingest": ["ingest", ",", "validate", "--stage", "events"],
         "build_features": ["build_features", ",", "validate", "--stage", "features"],
         "score": ["score", ",", "validate", "--stage", "scores"],
         "decide": ["decide"],
         "publish": ["publish"],
         "estimate_effects": ["estimate_effects"],
         "attribute_cases": ["attribute_cases"],
         "update_loss_ledger": ["update_loss_ledger"],
         "audit_cases": ["audit_cases"]}


def first_night(folder: Path) -> Path:
    """The home after its first night. Whoever asks first makes it, the others wait; nobody may change it.

    Sail makes it in a third of Spark's time; test_night_on_cluster.py holds its tables equal to a night on Spark.

    Args:
        folder: of the whole test run, the same for all of its processes.
    """
    home, ended = folder / "first-night", folder / "first-night.log"
    with (folder / "first-night.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ended.exists():
            shutil.rmtree(home, ignore_errors=True)
            call(home, "jobs.simulate", "--home", str(home), "--until", DAY, "--days", "90", "--seed", "7",
                 "--size", "small")
            told = call(home, "dags.runner.run", "nightly", "--ds", DAY, ENGINE="sail")
            ended.write_text(told)
    return home


def terminal_of(home: Path) -> str:
    """What the first night printed."""
    return home.with_name("first-night.log").read_text()


def python(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    """Run a program over a home."""
    env = {**os.environ, "VIGIL_HOME": str(home), "SPARK_DRIVER_MEMORY": "2g", "PYTHONPATH": str(REPOSITORY), **more}
    return subprocess.run([sys.executable, *arguments], env=env, cwd=REPOSITORY, text=True, capture_output=True,
                          timeout=900, check=False)


def call(home: Path, module: str, *arguments: str, **more: str) -> str:
    """What a module prints that runs over a home and ends well."""
    done = python(home, "-m", module, *arguments, **more)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@contextmanager
def shared_sail(home: Path) -> Iterator[dict[str, str]]:
    """The environment of processes that share one Sail over a home."""
    run, sail = ["--run-id", "tests", "--owner", str(os.getpid())], {"ENGINE": "sail"}
    call(home, "jobs.spark_server", "start", *run, **sail)
    try:
        yield sail | {"SPARK_REMOTE": json.loads((home / "spark" / "tests.json").read_text())["remote"]}
    finally:
        call(home, "jobs.spark_server", "stop", *run, **sail)
    assert no_java(home)


def digests(home: Path, days=(DAY,)) -> dict[str, str]:
    """Digest of what was published on some days, by table."""
    lake = Lake(str(home / "lake"))
    return {table: row_checksum(lake, table, [date.fromisoformat(day) for day in days]) for table in PUBLISHED}


def live_writes(home: Path) -> set[str]:
    """The write folders that a reader is sent to, of every table."""
    lake = Lake(str(home / "lake"))
    return {path.split("/")[0] for table in lake.tables() for paths in lake.files(table).values() for path in paths}


def no_java(home: Path) -> bool:
    """Whether no Spark of a home runs, and no file says that one does."""
    found = subprocess.run(["pgrep", "-f", f"SparkConnectServer.*{home}"], capture_output=True, check=False)
    return found.returncode != 0 and not list((home / "spark").glob("*.json"))


def share_models(home: Path, other: Path) -> None:
    """Give another home the same models, and the key, so that identifiers are masked the same way."""
    shutil.copytree(home / "mlartifacts", other / "mlartifacts")
    for file in ("mlflow.db", "key"):
        shutil.copy(home / file, other / file)


def orders_file(home: Path) -> Path:
    """The landed file of the day's orders."""
    (file,) = (home / "landing" / "orders" / f"ds={DAY}").glob("*")
    return file
