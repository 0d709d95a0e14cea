"""Run the DAGs in the foreground, for `make nightly` and `make train`.

Creates Airflow's and MLflow's databases. Makes the demo marketplace if nothing has landed. Trains first if there is no
champion. Then runs the DAG with `airflow dags test` and shows its stages. Airflow's output goes to a log file.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dags.runner.airflow_client import Airflow, airflow
from dags.runner.databases import database
from jobs import step
from jobs.decisions.policy_files import read_policies
from jobs.engines.server import shared
from jobs.errors import UserError
from jobs.failures.disk_errors import make_home
from jobs.ingestion.landing_inventory import list_landing
from jobs.runtime import console, live_line
from jobs.settings import Settings, load_settings

DEMO_DAYS = 90
SENTENCES = 3
DEMO_UNTIL = "2026-11-20"
DEMO_SEED = 7

# A first run of the demo writes a sixth of this; Spark needs the rest to sort.
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
    if args.command == "nightly":
        read_policies(config.policies)  # a mistake in them would end the night after its longest steps
    began = time.monotonic()
    # Spark and Airflow start during the preparation.
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
    console.log(f"total: {time.monotonic() - began:.0f} s")
    from jobs.reporting.terminal_summary import show

    show(config, ds)


def require_free_space(folder: Path, needed: int) -> None:
    """Require free disk space before a run, instead of a failure during a write.

    Raises:
        UserError: the folder's disk has less than `needed` bytes free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(f"{folder}: {free / 1e9:.1f} GB are free, a run needs {needed / 1e9:.0f} GB. Make room, or "
                        "set VIGIL_HOME to a folder on a larger disk.")


def prepare(config: Settings, process: Airflow) -> None:
    """Create Airflow's database, and the demo marketplace if nothing has landed, at the same time."""
    with database(config, process):
        if config.sources is None and nothing_landed(config):
            console.log("nothing has landed and no source is named: making a demo marketplace (simulated data)")
            land_demo(config)


def land_demo(config: Settings) -> None:
    """Make the demo marketplace, and land it after its last day.

    The next run would ingest a partly landed marketplace as a complete one.
    """
    from jobs.simulate.__main__ import main as simulate

    unfinished = config.landing / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with live_line.working("demo marketplace"), console.shown():
            simulate(["--home", str(config.home), "--landing", str(unfinished), "--until", DEMO_UNTIL,
                      "--days", str(DEMO_DAYS), "--seed", str(DEMO_SEED), "--size", "demo"])
        for day in sorted(unfinished.glob("*/ds=*")):
            (config.landing / day.parent.name).mkdir(exist_ok=True)
            day.rename(config.landing / day.parent.name / day.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def nothing_landed(config: Settings) -> bool:
    """Return whether the landing folder is empty, so that the demo may land there.

    Raises:
        UserError: the folder has files, and none can be read. A demo beside them would be taken for their data.
    """
    inventory = list_landing(config.landing)
    if inventory.left_out and not inventory.days:
        raise UserError(f"orders: nothing in {config.landing} can be read. "
                        f"{'; '.join(inventory.named_left_out()[:SENTENCES])}. Expected files of orders in "
                        "orders/ds=YYYY-MM-DD/; land some, or name another folder: VIGIL_LANDING=<folder> make nightly")
    return not inventory.days


def last_day(config: Settings) -> dt.date:
    """Return the last day with landed files.

    Raises:
        UserError: the input is a source folder; only a query could return its last day.
    """
    if config.sources is not None:
        raise UserError(f"orders: which day of {config.sources}? Name it: make nightly DS=YYYY-MM-DD")
    return list_landing(config.landing).days[-1]


def has_champions(config: Settings) -> bool:
    """Return whether any model has a champion."""
    from jobs.training import registry

    with live_line.working("models"):
        return any(version is not None for version in registry.champion_versions(config).values())


def require_known_champions(config: Settings) -> None:
    """Require that the registry was not emptied.

    Raises:
        DamagedStore: no model is registered, but models made scores of the lake.
    """
    from jobs.storage.lake import Lake
    from jobs.training import champions

    champions.require_known(config, Lake(config.lake))


def run_dag(config: Settings, process: Airflow, dag: str, ds: dt.date) -> None:
    """Run a DAG's tasks one after the other and show their log.

    Raises:
        UserError: a task failed; its message was shown.
    """
    log = config.home / "logs" / f"{dag}-{ds}-{os.getpid()}.log"
    conf = json.dumps({"ds": str(ds), "owner": os.getpid()})
    console.log(f"{dag} for {ds}")
    began = time.monotonic()
    succeeded, stages = process.run(["dags", "test", dag, str(ds), "--conf", conf], log)
    if not succeeded or not stages:
        raise UserError(f"{dag}, {ds}: the run failed; the last good version of every table stands. Log: {log}")
    log_times(dag, stages, time.monotonic() - began)
    console.log(f"log of {dag}: {log}")


def log_times(dag: str, stages: dict[str, float], total: float) -> None:
    """Log the run's seconds, divided into steps, waiting for Spark, and Airflow."""
    spark = sum(seconds for stage, seconds in stages.items() if stage in ("start_spark", "stop_spark"))
    steps = sum(stages.values()) - spark
    console.log(f"{dag}: {total:.0f} s = {steps:.0f} s of steps + {spark:.0f} s of waiting for Spark "
                f"+ {total - steps - spark:.0f} s of Airflow")


if __name__ == "__main__":
    sys.exit(step.run(main))
