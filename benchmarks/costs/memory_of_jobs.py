"""How much memory each job holds at its peak, Java and Python apart, each in a process and with a Spark of its own.

The jobs of a night in their order, in a copy of the home that engines are measured in; the labels of a training as of
the evening; features of sixty days in one call. What training takes follows from its rows, which are few there:
`cost_memory` measures it over as many as are asked for.
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
    """Peaks of every job as a share of the heap that Spark's Java is given."""
    home, heap = prepared_home.prepared_home(at), load_settings().driver_memory
    peaks = {}
    with prepared_home.hard_linked_copies(home, 1) as (place,):
        for name, command in commands(at.eve).items():
            with console.timed(f"memory of {name}"):
                peaks[name] = peak([sys.executable, "-m", *command, "--run-id", RUN],
                                   prepared_home.environment(place, home))
    return BenchmarkResult("memory_of_jobs", f"Peak memory of each job against Spark's heap of {heap}", {
        "world": f"simulated, {at.size}, {at.days} days to {benchmark_lake.LAST}, landed as files",
        "note": "each job is a process with a Spark of its own, which the heap bounds; in a run they share one"},
        shares(peaks, heap), {"peak_mib": in_mib(peaks)})


def commands(eve: dt.date) -> dict[str, list[str]]:
    """What is run, in this order, by what it is called."""
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
