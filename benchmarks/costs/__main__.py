"""Measure Vigil's costs, as ratios of two sides that are timed alternately in one run.

Each result is written as JSON and as a picture. Simulated marketplaces are made once and stored below
VIGIL_HOME/benchmarks. Benchmarks of complete commands use the demo's marketplace, and others the marketplace of --size
and --days.
"""

import argparse
import dataclasses
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.context import BenchmarkContext
from benchmarks.costs import (
    backfill,
    duckdb_comparison,
    engines,
    history,
    hot_key,
    learning,
    memory,
    memory_of_jobs,
    near_copies,
)
from benchmarks.result import BenchmarkResult, save, table
from jobs import step
from jobs.errors import UserError
from jobs.runtime import console
from jobs.settings import REPOSITORY, Engine, load_settings

DEMO = ("demo", 90)


class Measured(NamedTuple):
    """A benchmark: its function, its engine, and whether it uses the demo's marketplace for any --size."""

    work: Callable[[BenchmarkContext], BenchmarkResult]
    engine: Engine = Engine.SPARK
    over_demo: bool = False


FIGURES = {
    "learning": Measured(learning.measure),
    "hot_key": Measured(hot_key.measure),
    **{f"{name}{suffix}": Measured(work, engine)
       for name, work in (("history", history.measure), ("backfill", backfill.measure),
                          ("duckdb", duckdb_comparison.measure), ("near_copies", near_copies.measure))
       for suffix, engine in (("", Engine.SPARK), ("_on_sail", Engine.SAIL))},
    "engines": Measured(engines.measure, over_demo=True),
    "memory": Measured(memory.measure),
    "memory_of_jobs": Measured(memory_of_jobs.measure, over_demo=True)}


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=FIGURES, help="run only this benchmark, in this process")
    parser.add_argument("--size", choices=("small", "demo", "large"), default="demo",
                        help="size of the simulated marketplace")
    parser.add_argument("--days", type=int, default=90, help="days of history; at least 30")
    parser.add_argument("--rounds", type=int, default=3, help="timed runs of each side")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of benchmarks without a marketplace")
    parser.add_argument("--date", type=dt.date.fromisoformat, required=True, help="date of the results")
    parser.add_argument("--out", type=Path, help="folder of the results: docs/benchmarks, or its subfolder for "
                                                 "another size")
    args = parser.parse_args(argv)
    args.out = args.out or REPOSITORY / "docs" / "benchmarks" / ("" if args.size == DEMO[0] else args.size)
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if not args.only:
        each(args, sys.argv[1:] if argv is None else argv)
        return
    benchmark = FIGURES[args.only]
    os.environ["ENGINE"] = benchmark.engine.value
    size, days = DEMO if benchmark.over_demo else (args.size, args.days)
    result = benchmark.work(BenchmarkContext(load_settings().home / "benchmarks", size, days, rounds=args.rounds,
                                             rows=args.rows))
    save(dataclasses.replace(result, name=args.only), args.out, args.date)
    (args.out / "ratios.md").write_text(table(args.out))


def each(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Run every benchmark in its own process, without another benchmark's warm Java or used memory.

    Raises:
        UserError: a benchmark failed; the other benchmarks ran.
    """
    failed = []
    for number, name in enumerate(FIGURES, 1):
        console.log(f"{name}, {number} of {len(FIGURES)}")
        with console.timed(name):
            command = [sys.executable, "-m", "benchmarks.costs", *argv, "--only", name]
            if subprocess.run(command, cwd=REPOSITORY).returncode:
                failed.append(name)
    if failed:
        raise UserError(f"{', '.join(failed)}: not measured; the lines above give the reason. Again: "
                        f"python -m benchmarks.costs --date {args.date} --only {failed[0]}")


if __name__ == "__main__":
    sys.exit(step.run(main))
