"""Peak memory of each job, of Java and of Python, each job in its own process and with its own Spark.

The benchmark runs the jobs of a night in their order in a copy of the prepared home, then the labels of a training as
of the day before, and features of sixty days in one call. The memory of a training depends on its rows, which are few
here: `benchmarks.costs.memory` measures it over --rows rows.
"""

import datetime as dt
import sys

from benchmarks import benchmark_lake, prepared_home
from benchmarks.context import BenchmarkContext
from benchmarks.costs.peak_memory import in_mib, peak, shares
from benchmarks.result import BenchmarkResult
from jobs.runtime import console
from jobs.settings import load_settings

RUN = "memory"
BACKFILL_DAYS = 60


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Measure peaks of every job, as a share of the heap of Spark's Java."""
    home, heap = prepared_home.prepared_home(at), load_settings().driver_memory
    peaks = {}
    with prepared_home.hard_linked_copies(home, 1) as (copy,):
        for name, command in commands(at.eve).items():
            with console.timed(f"memory of {name}"):
                peaks[name] = peak([sys.executable, "-m", *command, "--run-id", RUN],
                                   prepared_home.environment(copy, home))
    return BenchmarkResult("memory_of_jobs", f"Peak memory of each job against Spark's heap of {heap}", {
        "world": f"simulated, {at.size}, {at.days} days to {benchmark_lake.LAST}, landed as files",
        "note": "each job is a process with a Spark of its own, which the heap bounds; in a run they share one"},
        shares(peaks, heap), {"peak_mib": in_mib(peaks)})


def commands(eve: dt.date) -> dict[str, list[str]]:
    """Return the commands in their order, by name."""
    night = ["--ds", str(benchmark_lake.LAST)]
    first = benchmark_lake.LAST - dt.timedelta(days=BACKFILL_DAYS - 1)
    return {"ingest": ["jobs.ingest", *night],
            "audit of events": ["jobs.validate", "--stage", "events", *night],
            "features": ["jobs.build_features", *night],
            "audit of features": ["jobs.validate", "--stage", "features", *night],
            "scores": ["jobs.score", *night],
            "audit of scores": ["jobs.validate", "--stage", "scores", *night],
            "publishing, audits included": ["jobs.publish", *night],
            "vacuum": ["jobs.vacuum", *night],
            "labels of a training": ["jobs.build_labels", "--ds", str(eve)],
            f"features of {BACKFILL_DAYS} days": ["jobs.build_features", "--from", str(first), *night]}
