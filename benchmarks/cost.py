"""What Vigil costs, as ratios: every figure is measured in one run, in turns, and written as JSON and as a picture.

Worlds are made once and kept below VIGIL_HOME/benchmarks. Figures that need the size of a large marketplace take the
world of --size and --days; those that need many days take the demo's.
"""

import argparse
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    cost_backfill,
    cost_duckdb,
    cost_engines,
    cost_history,
    cost_hot_key,
    cost_learning,
    cost_memory,
    cost_memory_of_jobs,
)
from benchmarks.figure import keep, table
from benchmarks.setting import Setting
from jobs import step
from jobs.errors import Refused
from jobs.settings import REPOSITORY, Engine, settings

DEMO = ("demo", 90)
# By what they are called: how they are measured, and whether over the demo's world or over the one that is asked for.
FIGURES = {"learning": (cost_learning.measure, False), "hot_key": (cost_hot_key.measure, False),
           "history": (cost_history.measure, True), "backfill": (cost_backfill.measure, True),
           "duckdb": (cost_duckdb.measure, False), "duckdb_on_sail": (cost_duckdb.measure, False),
           "engines": (cost_engines.measure, True), "memory": (cost_memory.measure, False),
           "memory_of_jobs": (cost_memory_of_jobs.measure, True)}
ON_SAIL = ("duckdb_on_sail",)


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=FIGURES, help="this figure alone, in this process")
    parser.add_argument("--size", choices=("small", "demo", "large"), default="demo", help="of the simulated world")
    parser.add_argument("--days", type=int, default=90, help="of history; at least 30")
    parser.add_argument("--rounds", type=int, default=3, help="timed runs of each side")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the figures that need no world")
    parser.add_argument("--date", type=dt.date.fromisoformat, required=True, help="what the figures are dated with")
    parser.add_argument("--out", type=Path, help="where they go: docs/benchmarks, or a folder of it for other sizes")
    args = parser.parse_args(argv)
    args.out = args.out or REPOSITORY / "docs" / "benchmarks" / ("" if args.size == DEMO[0] else args.size)
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if not args.only:
        each(args, sys.argv[1:] if argv is None else argv)
        return
    os.environ["ENGINE"] = (Engine.SAIL if args.only in ON_SAIL else Engine.SPARK).value
    folder = settings().home / "benchmarks"
    asked, demo = (Setting(folder, size, days, rounds=args.rounds, rows=args.rows)
                   for size, days in ((args.size, args.days), DEMO))
    work, over_demo = FIGURES[args.only]
    keep(work(demo if over_demo else asked), args.out, args.date)
    (args.out / "ratios.md").write_text(table(args.out))


def each(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Every figure in a process of its own: none finds the Java that another has warmed, or the memory it has taken.

    Raises:
        Refused: a figure could not be measured; the others were.
    """
    failed = []
    for number, name in enumerate(FIGURES, 1):
        step.say(f"{name}, {number} of {len(FIGURES)}")
        with step.timed(name):
            command = [sys.executable, "-m", "benchmarks.cost", *argv, "--only", name]
            if subprocess.run(command, cwd=REPOSITORY).returncode:
                failed.append(name)
    if failed:
        raise Refused(f"{', '.join(failed)}: not measured; what went wrong stands above. Again: "
                      f"python -m benchmarks.cost --date {args.date} --only {failed[0]}")


if __name__ == "__main__":
    sys.exit(step.run(main))
