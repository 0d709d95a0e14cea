"""Runs the DAGs in the foreground: what `make nightly` and `make train` call.

Sets Airflow's and MLflow's databases up, makes the demo marketplace where there is nothing to read,
trains first where there is no champion, then runs the DAG with `airflow dags test` and shows its
stages. Everything Airflow has to say goes to a log.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from features.tables import TABLES
from jobs import step
from jobs.errors import Refused
from jobs.landing import landed_days
from jobs.settings import REPOSITORY, Settings, settings
from jobs.spark_server import shared
from jobs.step import VOICE, say

DEMO_DAYS = 90
DEMO_UNTIL = "2026-11-20"
DEMO_SEED = 7

# A first run of the demo leaves a sixth of this behind; Spark needs room to sort.
LEAST_FREE_BYTES = 1_000_000_000


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("nightly", "train"))
    parser.add_argument("--ds", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="the day")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    places.home.mkdir(parents=True, exist_ok=True)
    refuse_if_full(places.home, LEAST_FREE_BYTES)
    began = time.monotonic()
    # Spark comes up while Airflow does.
    with shared(places, f"make-{os.getpid()}") as spark:
        prepare(places)
        ds = args.ds or last_day(places)
        if args.command == "train":
            run_dag(places, spark, "risk_training", ds)
            return
        if not champions_there(places):
            say("no model has a champion yet: training first")
            run_dag(places, spark, "risk_training", ds)
        run_dag(places, spark, "risk_nightly", ds)
    say(f"everything together: {time.monotonic() - began:.0f} s")
    from jobs.summary import show

    show(places, ds)


def refuse_if_full(folder: Path, needed: int) -> None:
    """Better now than in the middle of a write.

    Raises:
        Refused: the folder's disk has less room than is needed.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(f"{folder}: {free / 1e9:.1f} GB are free, a run needs {needed / 1e9:.0f} GB. Make room, or "
                      "set VIGIL_HOME to a folder on a larger disk.")


def prepare(places: Settings) -> None:
    """Databases, and something to read, made side by side."""
    with database(places):
        if places.sources is None and not landed_days(places.landing, TABLES):
            say("nothing has landed and no source is named: making a demo marketplace (simulated data)")
            from jobs.simulate.__main__ import main as simulate

            simulate(["--home", str(places.home), "--landing", str(places.landing), "--until", DEMO_UNTIL,
                      "--days", str(DEMO_DAYS), "--seed", str(DEMO_SEED), "--size", "demo"])


@contextmanager
def database(places: Settings) -> Iterator[None]:
    """Airflow's database, made while the caller does other things where there is none yet.

    Raises:
        Refused: it cannot be made.
    """
    if (places.home / "airflow" / "airflow.db").exists():
        yield
        return
    say("setting Airflow's database up")
    process = subprocess.Popen([_airflow(), "db", "migrate"], env=environment(places), cwd=REPOSITORY, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield
    finally:
        told = process.communicate()[1]
    if process.returncode:
        raise Refused(f"Airflow's database cannot be set up in {places.home / 'airflow'}: "
                      f"{told.strip().splitlines()[-1:]}")


def last_day(places: Settings) -> dt.date:
    """The last day that landed.

    Raises:
        Refused: with a folder of SELECTs, whose last day only a query would tell.
    """
    if places.sources is not None:
        raise Refused(f"orders: which day of {places.sources}? Name it: make nightly DS=YYYY-MM-DD")
    return landed_days(places.landing, TABLES)[-1]


def champions_there(places: Settings) -> bool:
    """Whether any model has a champion, or there could be none: nothing was ever decided."""
    from jobs import registry
    from jobs.models import MODELS

    client = registry.connect(places)
    return any(registry.CHAMPION in found.aliases
               for found in client.search_registered_models()
               if found.name in {m.registered_name for m in MODELS})


def run_dag(places: Settings, spark: dict[str, str], dag: str, ds: dt.date) -> None:
    """Run a DAG's tasks one after the other and show them as they go.

    Args:
        spark: what the environment says of the Spark to use.

    Raises:
        Refused: a task failed; what it said was shown.
    """
    log = places.home / "logs" / f"{dag}-{ds}-{os.getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    conf = json.dumps({"ds": str(ds), "owner": os.getpid()})
    say(f"{dag} for {ds}")
    began = time.monotonic()
    command = [_airflow(), "dags", "test", dag, str(ds), "--conf", conf]
    process = subprocess.Popen(command, env={**environment(places), **spark}, cwd=REPOSITORY, text=True,
                               errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL)
    stages = follow(process, log)
    if process.wait() or not stages:
        raise Refused(f"{dag}, {ds}: the run failed; the last good version of every table stands. Log: {log}")
    tell_times(dag, stages, time.monotonic() - began)


def follow(process: subprocess.Popen, log: Path) -> dict[str, float]:
    """Show the steps' own lines, keep everything, and return each stage's seconds."""
    stages: dict[str, float] = {}
    with log.open("w", buffering=1) as kept:
        for line in process.stdout:
            kept.write(line)
            if not line.startswith(VOICE):
                continue
            text = line.removeprefix(VOICE).rstrip()
            if text.startswith("[done] "):
                stage, seconds = text.removeprefix("[done] ").removesuffix(" s").rsplit(": ", 1)
                stages[stage] = float(seconds)
            print(f"  {text}" if text.startswith("[") else f"      {text}", flush=True)
    return stages


def tell_times(dag: str, stages: dict[str, float], whole: float) -> None:
    """What the run took, and how much of it was not our own work."""
    spark = sum(seconds for stage, seconds in stages.items() if stage in ("start_spark", "stop_spark"))
    own = sum(stages.values()) - spark
    say(f"{dag}: {whole:.0f} s = {own:.0f} s of steps + {spark:.0f} s of waiting for Spark "
        f"+ {whole - own - spark:.0f} s of Airflow")


def environment(places: Settings) -> dict[str, str]:
    """The environment in which Airflow and its tasks run."""
    home = places.home / "airflow"
    return {
        **os.environ,
        "VIGIL_HOME": str(places.home),
        "PYTHONPATH": str(REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "PYTHONWARNINGS": "ignore",
    }


def _airflow() -> str:
    return str(Path(sys.executable).parent / "airflow")


if __name__ == "__main__":
    sys.exit(step.run(main))
