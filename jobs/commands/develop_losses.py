"""Estimate the losses whose verdicts are still to come, in outside data.

Reads a table with a row a verdict (CSV or Parquet), or a CSV file with a ready triangle. Prints a table per group. The
estimate and its interval are drawn from counts and amounts; the chain ladder with Mack's error stands beside them. A
triangle has no counts, and gets the chain ladder alone. Without --as-of, the last verdict's day counts as the day as
of which the table is known. Writes nothing. Run again, it gives the same figures.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jobs import step
from jobs.errors import UserError
from jobs.ledger import chain_ladder, loss_files, risk_development
from jobs.ledger.periods import PERIODS
from jobs.ledger.risk_development import POOLED, RiskDevelopment
from jobs.runtime import console
from jobs.runtime.terminal_text import aligned

HEADS = ("from", "verdicts", "reported", "unreported", "low", "high", "developed", "Mack", "low", "high")
TRIANGLE_HEADS = ("period", "reported", "unreported", "error", "low", "high", "developed")


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--table", type=Path, metavar="FILE", help="a row a verdict, .csv or .parquet")
    which.add_argument("--triangle", type=Path, metavar="FILE.csv",
                       help="a line a period: its name, then its cumulative losses by age; the first line names ages")
    parser.add_argument("--incurred", metavar="COLUMN", help="day of the loss")
    parser.add_argument("--reported", metavar="COLUMN", help="day of the verdict")
    parser.add_argument("--amount", metavar="COLUMN", help="amount; negative for a reversed verdict")
    parser.add_argument("--group", metavar="COLUMN", help="the risk, or any other group")
    parser.add_argument("--period", choices=PERIODS, default="week", help="default: week")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="default: the last verdict")
    parser.add_argument("--level", type=_level, default=0.8, help="of the intervals; default: 0.8")
    parser.add_argument("--tail", type=_tail, default=1.0, metavar="FACTOR",
                        help="losses in the end, divided by those within the oldest period's age; default: 1")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if args.triangle:
        console.show(_triangle(args))
        return
    missing = [f"--{name}" for name in ("incurred", "reported", "amount") if not getattr(args, name)]
    if missing:
        raise UserError(f"--table without {' and '.join(missing)}; expected the names of its columns")
    verdicts = loss_files.read_verdicts(args.table, args.incurred, args.reported, args.amount, args.group)
    as_of = args.as_of or max(each.reported.max() for each in verdicts.values()).astype(object)
    found = risk_development.develop_risks(verdicts, as_of, args.period, args.tail)
    last = next(iter(found.values())).end[-1]
    console.log(f"{args.table}: as known on {as_of}, {args.period}s to {last}, intervals of {args.level:.0%}")
    for name in sorted(found):
        console.show("\n" + (f"{name}: " if name else "") + _group(found[name], args.level))
    for name in sorted(set(verdicts) - set(found)):
        console.warn(f"{name}: no verdict by {last}")


def _group(found: RiskDevelopment, level: float) -> str:
    """Return the table of a group, or the sentence why it has none."""
    if found.refused:
        return f"no estimate, because {found.refused}"
    of = "all groups together" if found.pattern == POOLED else "its own"
    backs = np.unique(found.back)[::-1]
    rows = [_row(str(found.begin[found.back == back][0]), found, found.back == back, level) for back in backs]
    total = _row("total", found, np.ones(len(found.back), bool), level)
    return f"pattern of {of}, from {found.learned_from} verdicts\n{aligned([HEADS, *rows, total])}"


def _row(name: str, found: RiskDevelopment, of: np.ndarray, level: float) -> list[str]:
    come, developed, mack = found.estimate.to_come(of, level), found.estimate.developed(of), found.by_mack(of, level)
    return [name, f"{found.verdicts[of].sum()}", *(f"{value:,.1f}" for value in (
        found.reported[of].sum(), come.value, come.low, come.high, developed.value, mack.value, mack.low, mack.high))]


def _triangle(args: argparse.Namespace) -> str:
    names, triangle = loss_files.read_triangle(args.triangle)
    mack = chain_ladder.mack(triangle, tail=args.tail)
    rows = []
    for number, name in enumerate([*names, "total"]):
        of = np.arange(len(names)) == number if number < len(names) else np.ones(len(names), bool)
        value, error = mack.total(of)
        rows.append([name, *(f"{cell:,.1f}" for cell in (
            mack.reported[of].sum(), value, error, *chain_ladder.lognormal(value, error, args.level),
            mack.developed[of].sum()))])
    by_average = [name for name, without in zip(names, mack.by_average) if without]
    remark = (f"\nNothing is reported of {', '.join(by_average)}: the average of the other periods stands in."
              if by_average else "")
    return aligned([TRIANGLE_HEADS, *rows]) + remark


def _level(text: str) -> float:
    return _between(text, 0.0, 1.0, "a share between 0 and 1, such as 0.8")


def _tail(text: str) -> float:
    return _between(text, 0.0, float("inf"), "a factor above 0, such as 1.05")


def _between(text: str, low: float, high: float, expected: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low < value < high:
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected}")
    return value


if __name__ == "__main__":
    sys.exit(step.run(main))
