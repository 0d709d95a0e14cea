"""Peak memory of a night's computations, of Java and of Python, each computation in its own process."""

import shutil
import sys

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.costs import nights
from benchmarks.costs.peak_memory import in_mib, peak, shares
from benchmarks.result import BenchmarkResult
from jobs.engines.spark import close
from jobs.runtime import console
from jobs.settings import Settings


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Measure peaks of the jobs of a night, as a share of the heap of Spark's Java."""
    config = at.world
    nights.ready(at.spark, config, benchmark_lake.LAST, at.eve)
    conditions = at.conditions(
        note="Java is bounded by its heap and a code cache of 512 MB besides; Python by the rows of one entity and "
             "day, and its workers by the rows of a quarter of all keys")
    close()  # so that the measured process has the machine for itself
    out = at.folder / nights.name()
    commands = {
        "features of the night": ["jobs.build_features", "--ds", str(benchmark_lake.LAST), "--run-id", out.name],
        "features of the day's orders alone": ["jobs.build_features", "--entity", "order", "--out", str(out),
                                               "--from", str(benchmark_lake.LAST), "--ds", str(benchmark_lake.LAST)],
        "training and scoring": ["benchmarks.costs.run_training_and_scoring", str(at.rows)],
        "the DuckDB script": ["benchmarks.duckdb.run_duckdb_night"]}
    peaks = {}
    for name, command in commands.items():
        with console.timed(f"memory of {name}"):
            peaks[name] = peak([sys.executable, "-m", *command], _env(config))
    shutil.rmtree(out, ignore_errors=True)
    nights.tidy(config)
    return BenchmarkResult("memory", f"Peak memory against Spark's heap of {config.driver_memory}", conditions,
                           shares(peaks, config.driver_memory), {"peak_mib": in_mib(peaks)})


def _env(config: Settings) -> dict[str, str]:
    return {"VIGIL_HOME": str(config.home), "VIGIL_LANDING": str(config.landing), "VIGIL_LAKE": config.lake}
