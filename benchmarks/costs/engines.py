"""What a whole night costs on Sail against Spark: every step from landed files to risk tables, as `make nightly` runs
it, with the start of Airflow and of the engine.

A home is brought to the evening before, with champions, once. Each night that is timed is run in a copy of it, whose
files are the same ones by hard links, so that all find the same.
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
    """The night of the last day on both engines, in turns, and the features alone by the DuckDB script beside them."""
    home = prepared_home.prepared_home(at)
    seconds: dict[Engine, dict[str, float]] = {}
    engines = (Engine.SAIL, Engine.SPARK)
    with prepared_home.hard_linked_copies(home, len(engines) * (at.warm + at.rounds)) as places:
        left = iter(places)
        ratio = at.in_turns("a whole night on Sail against Spark", {
            f"ENGINE={engine}": lambda engine=engine: seconds.update({engine: night(next(left), engine, home)})
            for engine in engines})
        by_script = [script(Lake(str(places[-1] / "lake"))) for _ in range(at.rounds)]
    return BenchmarkResult("engines", "A whole night on Sail against Spark", {
        "world": f"simulated, {at.size}, {at.days} days to {benchmark_lake.LAST}, landed as files",
        "note": "each night is a process of its own: Airflow, the engine's start, ingest, three audits, features, "
                "scores, publishing"}, (ratio,),
        {"seconds_of_steps_in_the_last_round": seconds, "seconds_of_the_duckdb_script_for_the_features_alone":
            statistics.median(by_script)})


def night(home: Path, engine: Engine, landed: Path) -> dict[str, float]:
    """Seconds of the steps of the last day's night."""
    return {name: float(found) for name,
            found in DONE.findall(prepared_home.run(home, engine, landed, str(benchmark_lake.LAST)))}


def script(lake: Lake) -> float:
    """Seconds that the DuckDB script takes for the features of the last day."""
    began = time.perf_counter()
    with duckdb_night.connect() as db:
        duckdb_night.features(db, duckdb_night.events(lake, benchmark_lake.LAST), benchmark_lake.LAST)
    return round(time.perf_counter() - began, 2)
