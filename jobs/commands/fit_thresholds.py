"""Fit thresholds of abstention: from which confidence on a model may decide, for any CSV or Parquet file.

Reads the file: a row a decision that the model would take, none of which it was trained on. Rows with an empty value in
a named column are left out and counted. Writes nothing. Run again, it shows the same figures. docs/abstention.md says
what the thresholds guarantee.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from jobs import step
from jobs.after_sales import abstention
from jobs.after_sales.abstention import Threshold
from jobs.after_sales.confidence_file import ConfidenceColumns, ConfidenceTable, read_confidences
from jobs.errors import UserError
from jobs.runtime import arguments, console
from jobs.runtime.terminal_text import aligned
from jobs.statistics.shares import LEVEL
from jobs.storage.outside_file import listed

TARGET = 0.05


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, metavar="FILE", help="CSV or Parquet, a row a decision")
    parser.add_argument("--confidence", required=True, metavar="COLUMN", help="numbers, the larger the surer")
    parser.add_argument("--wrong", required=True, metavar="COLUMN", help="1 where the decision is wrong, else 0")
    parser.add_argument("--cell", metavar="COLUMN", help="a threshold for each value, such as a kind of case")
    parser.add_argument("--case", metavar="COLUMN",
                        help="rows with the same value are one case on later days; the first sure one decides it")
    parser.add_argument("--target", type=float, default=TARGET, help=f"share of errors; default: {TARGET}")
    parser.add_argument("--targets", type=arguments.names, default=[], metavar="CELL=T,...",
                        help="targets of cells that have another one")
    parser.add_argument("--level", type=float, default=LEVEL, help=f"of the guarantee; default: {LEVEL}")
    parser.add_argument("--later", type=float, default=np.inf, metavar="N",
                        help="cases that come next for each of the file, whose own share of errors holds the target; "
                             "without it, the rate of errors does")
    parser.add_argument("--probabilities", action="store_true",
                        help="confidences are calibrated probabilities of being right: they say where tests start")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    table = read_confidences(args.table, ConfidenceColumns(args.confidence, args.wrong, args.cell, args.case))
    targets = dict.fromkeys(sorted(set(table.cell)), args.target) | named_targets(args.targets, table, args.table)
    if args.probabilities and not ((table.confidence >= 0) & (table.confidence <= 1)).all():
        raise UserError(f"{args.table}: {args.confidence} has values below 0 or above 1; expected probabilities, or no "
                        "--probabilities")
    try:
        found = abstention.fit_thresholds(table.confidence, table.wrong, table.cell, targets, args.level,
                                          args.probabilities, table.case, args.later)
    except ValueError as failure:
        raise UserError(f"{args.table}: {failure}") from None
    console.show("\n".join([_head(args, table), "", _table(found), "", _sum(found, args)]))


def named_targets(words: Sequence[str], table: ConfidenceTable, path: Path) -> dict[str, float]:
    """Return the targets that are named as CELL=T.

    Raises:
        UserError: a word has another form, or no row has the cell.
    """
    found = {}
    for word in words:
        name, _, value = word.rpartition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise UserError(f"--targets {word}: expected CELL=T with a share of errors, as in denied=0.02") from None
        if name not in set(table.cell):
            raise UserError(f"{path}: no row has the cell {name}, which --targets names; the cells are "
                            f"{', '.join(sorted(set(table.cell)))}")
    return found


def _head(args: argparse.Namespace, table: ConfidenceTable) -> str:
    named = listed([name for name in (args.confidence, args.wrong, args.cell, args.case) if name])
    cases = "" if table.case is None else f"; {len(set(table.case)):,} cases"
    return f"{args.table.name}: {table.all_rows:,} rows, {table.left_out:,} left out for an empty {named}{cases}"


def _table(found: Mapping[str, Threshold]) -> str:
    rows = [("cell", "all", "target", "from", "decided", "wrong", "errors", "bound")]
    for name, of in found.items():
        decided = of.decided > 0
        rows.append((name, f"{of.rows:,}", f"{of.target:g}", f"{of.confidence:.6g}" if decided else "",
                     f"{of.decided:,}", f"{of.wrong:,}" if decided else "",
                     f"{of.wrong / of.decided:.4f}" if decided else "", f"{of.bound:.4f}" if decided else ""))
    return aligned(rows, left=1)


def _sum(found: Mapping[str, Threshold], args: argparse.Namespace) -> str:
    holds = "the rate of errors among all later ones" if np.isinf(args.later) else \
        f"the share of errors among the next ones, {args.later:g} for each of the file,"
    decided, of_all = (sum(getattr(of, name) for of in found.values()) for name in ("decided", "rows"))
    return (f"Decided are {decided:,} of {of_all:,}. With a probability of {args.level:.4g} {holds} is at most the "
            "target in every cell, if they come from the same process.")


if __name__ == "__main__":
    sys.exit(step.run(main))
