"""Show what evidence was worth in closed cases: how often it is there, and how often its party is then at fault.

Reads the event tables of the lake as of a day, or a file of closed cases. Writes nothing. Run again, it shows the same
figures. docs/after-sales.md explains the columns.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from features.case.evidence_definitions import EVIDENCE
from jobs import step
from jobs.after_sales.case_lake import last_case_day, open_lake
from jobs.after_sales.closed_case_evidence import with_evidence
from jobs.after_sales.evidence_file import read_evidence
from jobs.after_sales.evidence_rates import EvidenceRate, evidence_rates
from jobs.errors import UserError
from jobs.runtime import console
from jobs.runtime.terminal_text import aligned
from jobs.settings import load_settings
from jobs.statistics.shares import LEVEL, Interval
from jobs.storage.lake import Lake

ELSEWHERE = "points elsewhere"


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ds", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                        help="the day; no later arrival is read (default: the last day that arrived)")
    parser.add_argument("--table", type=Path, metavar="FILE", help="instead of the lake CSV, JSON lines or Parquet: a "
                        "row a closed case, with `responsible` and a column of 0 and 1 for each piece of evidence")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if args.table and args.ds:
        raise UserError("--table and --ds: a file has no day; expected one of the two")
    found, source = _of_file(args.table) if args.table else _of_lake(args)
    known = [each for each in found if each.known]
    console.show(f"{source}: {found[0].cases:,} closed cases with a party at fault\n\n"
                 + (f"{table(known)}\n" if known else "") + "\n".join(notes(found)))


def _of_file(path: Path) -> tuple[list[EvidenceRate], str]:
    present, responsible = read_evidence(path)
    return evidence_rates(EVIDENCE, present, responsible), path.name


def _of_lake(args: argparse.Namespace) -> tuple[list[EvidenceRate], str]:
    lake = Lake(load_settings().lake)
    day = args.ds or last_case_day(lake)
    with open_lake(lake, day) as cases:
        closed, _ = with_evidence(cases.db, day, cases.copies, cases.tables)
    return closed.rates, f"as of {day}"


def table(found: Sequence[EvidenceRate]) -> str:
    """Return the rates as lines, those of one party together, the largest lift first."""
    rows = [("evidence", "against", "strength", "known", "there", "rate", "at fault", "without", "lift",
             f"low ({LEVEL:.0%})", "high", "")]
    parties = list(dict.fromkeys(each.points_to for each in EVIDENCE))
    for each in sorted(found, key=lambda one: (parties.index(one.evidence.points_to), _descending(one.lift.value))):
        of = each.evidence
        rows.append((of.name, of.points_to, of.strength, f"{each.known:,}", f"{each.present:,}", _share(each.rate),
                     _share(each.at_fault), _share(each.otherwise), *_ends(each.lift),
                     ELSEWHERE if each.points_elsewhere else ""))
    return aligned(rows, left=3)


def notes(found: Sequence[EvidenceRate]) -> list[str]:
    """Return a sentence for what the table shows, and for each reason to read it with care."""
    unknown = [each.evidence.name for each in found if not each.known]
    elsewhere = [each.evidence.name for each in found if each.points_elsewhere]
    said = [f"Not known in any case, and left out: {', '.join(unknown)}."] if unknown else []
    if elsewhere:
        said.append(f"{', '.join(elsewhere)}: its party is less often at fault with the evidence than without it. Look "
                    "at the definition in features/case/evidence_definitions.py.")
    else:
        said.append("No evidence points elsewhere.")
    return [*said, "The desk saw the evidence when it decided, so that a lift proves no cause. Intervals take cases as "
            "independent."]


def _descending(value: float) -> float:
    return np.inf if np.isnan(value) else -value


def _share(share: Interval) -> str:
    return "" if np.isnan(share.value) else f"{share.value:.1%}"


def _ends(lift: Interval) -> tuple[str, str, str]:
    return ("", "", "") if np.isnan(lift.value) else (f"{lift.value:.2f}", f"{lift.low:.2f}", f"{lift.high:.2f}")


if __name__ == "__main__":
    sys.exit(step.run(main))
