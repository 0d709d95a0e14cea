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
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dags.runner.airflow_client import Airflow, airflow
from jobs import step
from jobs.engines.server import shared
from jobs.errors import UserError
from jobs.failures.disk_errors import make_home
from jobs.ingestion.landing_inventory import list_landing
from jobs.runtime import console
from jobs.settings import Settings, load_settings

DEMO_DAYS = 90
SENTENCES = 3
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
    config = load_settings()
    make_home(config.home)
    require_free_space(config.home, LEAST_FREE_BYTES)
    began = time.monotonic()
    # Spark and Airflow come up while the rest is prepared.
    with shared(config, f"make-{os.getpid()}") as spark, airflow(config, spark) as process:
        prepare(config, process)
        ds = args.ds or last_day(config)
        if args.command == "train":
            run_dag(config, process, "risk_training", ds)
            return
        if not has_champions(config):
            require_known_champions(config)
            console.log("no model has a champion yet: training first")
            run_dag(config, process, "risk_training", ds)
        run_dag(config, process, "risk_nightly", ds)
    console.log(f"everything together: {time.monotonic() - began:.0f} s")
    from jobs.reporting.terminal_summary import show

    show(config, ds)


def require_free_space(folder: Path, needed: int) -> None:
    """Better now than in the middle of a write.

    Raises:
        UserError: the folder's disk has less room than is needed.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(f"{folder}: {free / 1e9:.1f} GB are free, a run needs {needed / 1e9:.0f} GB. Make room, or "
                        "set VIGIL_HOME to a folder on a larger disk.")


def prepare(config: Settings, process: Airflow) -> None:
    """Databases, and something to read, made side by side."""
    with database(config, process):
        if config.sources is None and nothing_landed(config):
            console.log("nothing has landed and no source is named: making a demo marketplace (simulated data)")
            land_demo(config)


def land_demo(config: Settings) -> None:
    """Make the demo marketplace, and land it when it is whole: the next run would take half of it for all there is."""
    from jobs.simulate.__main__ import main as simulate

    unfinished = config.landing / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        simulate(["--home", str(config.home), "--landing", str(unfinished), "--until", DEMO_UNTIL,
                  "--days", str(DEMO_DAYS), "--seed", str(DEMO_SEED), "--size", "demo"])
        for day in sorted(unfinished.glob("*/ds=*")):
            (config.landing / day.parent.name).mkdir(exist_ok=True)
            day.rename(config.landing / day.parent.name / day.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def nothing_landed(config: Settings) -> bool:
    """Whether the landing folder is empty: then a demo may be made in it.

    Raises:
        UserError: something is there, and none of it can be read. A demo among it would be taken for it.
    """
    inventory = list_landing(config.landing)
    if inventory.left_out and not inventory.days:
        raise UserError(f"orders: nothing in {config.landing} can be read. "
                        f"{'; '.join(inventory.named_left_out()[:SENTENCES])}. Expected files of orders in "
                        "orders/ds=YYYY-MM-DD/; land some, or name another folder: VIGIL_LANDING=<folder> make nightly")
    return not inventory.days


@contextmanager
def database(config: Settings, process: Airflow) -> Iterator[None]:
    """Airflow's database, made while the caller does other things where there is none yet.

    Raises:
        UserError: it cannot be made, or what is there cannot be read.
    """
    require_sound_databases(config)
    file = config.home / "airflow" / "airflow.db"
    if file.exists():
        yield
        return
    console.log("setting Airflow's database up")
    log = config.home / "logs" / f"airflow-database-{os.getpid()}.log"
    with ExitStack() as unfinished, ThreadPoolExecutor(1) as aside:
        # Half a database would be taken for a whole one by the next run.
        unfinished.callback(file.unlink, missing_ok=True)
        made = aside.submit(process.run, ["db", "migrate"], log)
        with ended_first(process):
            yield
            made.result()
        if not made.result()[0]:
            raise UserError(f"Airflow's database cannot be set up in {config.home / 'airflow'}. Log: {log}")
        unfinished.pop_all()


@contextmanager
def ended_first(process: Airflow) -> Iterator[None]:
    """End the process before an interruption goes on, which would otherwise wait for the command it is running."""
    try:
        yield
    except BaseException:
        process.end()
        raise


def require_sound_databases(config: Settings) -> None:
    """Raise DamagedStore where Airflow's or MLflow's database cannot be read: a run would end in it, minutes later."""
    from jobs.integrity import database_check

    damage = database_check.unreadable(config)
    if damage is not None:
        raise damage.error()


def last_day(config: Settings) -> dt.date:
    """The last day that landed.

    Raises:
        UserError: with a folder of SELECTs, whose last day only a query would tell.
    """
    if config.sources is not None:
        raise UserError(f"orders: which day of {config.sources}? Name it: make nightly DS=YYYY-MM-DD")
    return list_landing(config.landing).days[-1]


def has_champions(config: Settings) -> bool:
    """Whether any model has a champion."""
    from jobs.training import registry

    return any(version is not None for version in registry.champion_versions(config).values())


def require_known_champions(config: Settings) -> None:
    """Raise DamagedStore where scores of the lake were made by models that the registry has lost."""
    from jobs.storage.lake import Lake
    from jobs.training import champions

    champions.require_known(config, Lake(config.lake))


def run_dag(config: Settings, process: Airflow, dag: str, ds: dt.date) -> None:
    """Run a DAG's tasks one after the other and show them as they go.

    Raises:
        UserError: a task failed; what it said was shown.
    """
    log = config.home / "logs" / f"{dag}-{ds}-{os.getpid()}.log"
    conf = json.dumps({"ds": str(ds), "owner": os.getpid()})
    console.log(f"{dag} for {ds}")
    began = time.monotonic()
    succeeded, stages = process.run(["dags", "test", dag, str(ds), "--conf", conf], log)
    if not succeeded or not stages:
        raise UserError(f"{dag}, {ds}: the run failed; the last good version of every table stands. Log: {log}")
    tell_times(dag, stages, time.monotonic() - began)


def tell_times(dag: str, stages: dict[str, float], whole: float) -> None:
    """What the run took, and how much of it was not our own work."""
    spark = sum(seconds for stage, seconds in stages.items() if stage in ("start_spark", "stop_spark"))
    own = sum(stages.values()) - spark
    console.log(f"{dag}: {whole:.0f} s = {own:.0f} s of steps + {spark:.0f} s of waiting for Spark "
                f"+ {whole - own - spark:.0f} s of Airflow")


if __name__ == "__main__":
    sys.exit(step.run(main))
