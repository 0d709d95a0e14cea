"""What a whole night costs on Sail against Spark: every step from landed files to risk tables, as `make nightly` runs
it, with the start of Airflow and of the engine.

A home is brought to the evening before, with champions, once. Each night that is timed is run in a copy of it, whose
files are the same ones by hard links, so that all find the same.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import duckdb_night, world
from benchmarks.figure import Figure
from benchmarks.setting import Setting
from features import tiles
from features.entities import FEATURE_SETS
from jobs import step
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.settings import REPOSITORY, Engine
from jobs.simulate.__main__ import main as simulate

DONE = re.compile(r"\[done\] (\w+): ([\d.]+) s")


def measure(at: Setting) -> Figure:
    """The night of the last day on both engines, in turns, and the features alone by the DuckDB script beside them."""
    home = evening(at)
    seconds: dict[Engine, dict[str, float]] = {}
    copies = {engine: copied(home, engine, at.warm + at.rounds) for engine in (Engine.SAIL, Engine.SPARK)}
    left = {engine: iter(folders) for engine, folders in copies.items()}
    ratio = at.in_turns("a whole night on Sail against Spark", {
        f"ENGINE={engine}": lambda engine=engine: seconds.update({engine: night(next(left[engine]), engine, home)})
        for engine in copies})
    by_script = [script(Lake(str(copies[Engine.SPARK][0] / "lake"))) for _ in range(at.rounds)]
    shutil.rmtree(at.folder / "copies")
    return Figure("engines", "A whole night on Sail against Spark", {
        "world": f"simulated, {at.size}, {at.days} days to {world.LAST}, landed as files",
        "note": "each night is a process of its own: Airflow, the engine's start, ingest, three audits, features, "
                "scores, publishing"}, (ratio,),
        {"seconds_of_steps_in_the_last_round": seconds, "seconds_of_the_duckdb_script_for_the_features_alone":
            statistics.median(by_script)})


def evening(at: Setting) -> Path:
    """A home that has run the night of the day before, and trained first; made where none is there of these features.

    One of other features or tiles would do: but each night that is timed would make the tiles of all days anew.
    """
    home = at.folder / f"evening-{at.size}-{at.days}"
    made, of = home / "made", " ".join([tiles.LAYOUT, *[features.hash for features in FEATURE_SETS.values()]])
    if not made.exists() or made.read_text() != of:
        shutil.rmtree(home, ignore_errors=True)
        with step.timed("the evening before: a marketplace, a training and a night"):
            simulate(["--home", str(home), "--until", str(world.LAST), "--days", str(at.days), "--size", at.size])
            run(home, Engine.SPARK, home, str(at.eve))
        made.write_text(of)
    return home


def copied(home: Path, engine: Engine, times: int) -> list[Path]:
    """Copies of a home without its landed files. Parquet files are never written again: a link is as good."""
    def copy(old: str, new: str) -> None:
        (os.link if old.endswith(".parquet") else shutil.copy2)(old, new)

    found = [home.parent / "copies" / f"{engine}-{number}" for number in range(times)]
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(home, folder, copy_function=copy, ignore=shutil.ignore_patterns("landing", "truth", "logs"))
    return found


def night(home: Path, engine: Engine, landed: Path) -> dict[str, float]:
    """Seconds of the steps of the last day's night."""
    return {name: float(found) for name, found in DONE.findall(run(home, engine, landed, str(world.LAST)))}


def run(home: Path, engine: Engine, landed: Path, ds: str) -> str:
    """What `make nightly` says of a day.

    Raises:
        Refused: it failed.
    """
    done = subprocess.run([sys.executable, "-m", "dags.run", "nightly", "--ds", ds], cwd=REPOSITORY, text=True,
                          capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(REPOSITORY), "VIGIL_HOME": str(home),
                               "VIGIL_LANDING": str(landed / "landing"), "ENGINE": engine.value})
    if done.returncode:
        raise Refused(f"The night of {ds} on {engine} in {home} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def script(lake: Lake) -> float:
    """Seconds that the DuckDB script takes for the features of the last day."""
    began = time.perf_counter()
    with duckdb_night.connect() as db:
        duckdb_night.features(db, duckdb_night.events(lake, world.LAST), world.LAST)
    return round(time.perf_counter() - began, 2)
