"""The cost of a complete night on Sail against Spark.

A night is every step of `make nightly`, from landed files to risk tables, with the start of Airflow and of the engine.
A home is prepared once, in the state before the night and with champions. Each timed night runs in a copy of the home
with hard links, so all nights have the same input.
"""

import re
import statistics
import time
from pathlib import Path

from benchmarks import benchmark_lake, prepared_home
from benchmarks.context import BenchmarkContext
from benchmarks.duckdb import night as duckdb_night
from benchmarks.result import BenchmarkResult
from jobs.settings import Engine
from jobs.storage.lake import Lake

DONE = re.compile(r"\[done\] (\w+): ([\d.]+) s")


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Time the night of the last day on both engines, alternately, and only its features by the DuckDB script."""
    home = prepared_home.prepared_home(at)
    seconds: dict[Engine, dict[str, float]] = {}
    engines = (Engine.SAIL, Engine.SPARK)
    with prepared_home.hard_linked_copies(home, len(engines) * (at.warm + at.rounds)) as homes:
        left = iter(homes)
        ratio = at.time_interleaved("a whole night on Sail against Spark", {
            f"ENGINE={engine}": lambda engine=engine: seconds.update({engine: night(next(left), engine, home)})
            for engine in engines})
        by_script = [script(Lake(str(homes[-1] / "lake"))) for _ in range(at.rounds)]
    return BenchmarkResult("engines", "A whole night on Sail against Spark", {
        "world": f"simulated, {at.size}, {at.days} days to {benchmark_lake.LAST}, landed as files",
        "note": "each night is a process of its own: Airflow, the engine's start, ingest, three audits, features, "
                "scores, publishing"}, (ratio,),
        {"seconds_of_steps_in_the_last_round": seconds, "seconds_of_the_duckdb_script_for_the_features_alone":
            statistics.median(by_script)})


def night(home: Path, engine: Engine, landed: Path) -> dict[str, float]:
    """Run the last day's night, and return the seconds of its steps."""
    output = prepared_home.run(home, engine, landed, str(benchmark_lake.LAST))
    return {name: float(seconds) for name, seconds in DONE.findall(output)}


def script(lake: Lake) -> float:
    """Return the seconds of the DuckDB script for the features of the last day."""
    began = time.perf_counter()
    with duckdb_night.connect() as db:
        duckdb_night.features(db, duckdb_night.events(lake, benchmark_lake.LAST), benchmark_lake.LAST)
    return round(time.perf_counter() - began, 2)
