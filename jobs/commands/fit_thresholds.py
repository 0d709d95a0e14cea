"""Fit thresholds of abstention: from which confidence on a model may decide, for any CSV or Parquet file.

Reads the file: one row for each decision that the model would take. It must not have been trained on these rows. Rows
with an empty value in a named column are left out and counted. Writes nothing. Run again, it shows the same figures.
docs/abstention.md says what the thresholds guarantee.
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
from jobs.runtime import console
from jobs.runtime.terminal_text import aligned
from jobs.statistics.shares import LEVEL
from jobs.storage.outside_file import listed

TARGET = 0.05


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, metavar="FILE",
                        help="CSV or Parquet, one row for each decision")
    parser.add_argument("--confidence", required=True, metavar="COLUMN", help="numbers, the larger the surer")
    parser.add_argument("--wrong", required=True, metavar="COLUMN", help="1 where the decision is wrong, else 0")
    parser.add_argument("--cell", metavar="COLUMN", help="a threshold for each value, such as a kind of case")
    parser.add_argument("--case", metavar="COLUMN",
                        help="rows with the same value are one case, which the first sure one decides; needs --time")
    parser.add_argument("--time", metavar="COLUMN", help="by which the rows of a case are put in order")
    parser.add_argument("--target", type=float, default=TARGET, help=f"share of errors; default: {TARGET}")
    parser.add_argument("--target-of", action="append", default=[], metavar="CELL=T",
                        help="the target of one cell, instead of --target; may be given again for another cell")
    parser.add_argument("--level", type=float, default=LEVEL,
                        help=f"probability that all targets hold; default: {LEVEL}")
    parser.add_argument("--later", type=float, default=np.inf, metavar="N",
                        help="how many cases come next for each case read, such as 0.5: the target then holds for "
                             "their share of errors, and not only for the rate")
    parser.add_argument("--probabilities", action="store_true",
                        help="confidences are calibrated probabilities of being right: they say where tests start")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if (args.case is None) != (args.time is None):
        raise UserError("--case and --time: found one of them; expected both, as the first sure row decides a case")
    if not 0.5 < args.level < 1:
        raise UserError(f"--level {args.level:g}: expected a level between 0.5 and 1")
    columns = ConfidenceColumns(args.confidence, args.wrong, args.cell, args.case, args.time)
    table = read_confidences(args.table, columns)
    cells = sorted(set(table.cell))
    targets = dict.fromkeys(cells, args.target) | named_targets(args.target_of, cells, args.table)
    if args.probabilities and not ((table.confidence >= 0) & (table.confidence <= 1)).all():
        raise UserError(f"{args.table}: {args.confidence} has values below 0 or above 1; expected probabilities, or no "
                        "--probabilities")
    try:
        found = abstention.fit_thresholds(table.confidence, table.wrong, table.cell, targets, args.level,
                                          args.probabilities, table.case, args.later)
    except ValueError as failure:
        raise UserError(f"{args.table}: {failure}") from None
    console.show("\n".join([_head(args, table), "", _table(found), "", *_notes(found, args)]))


def named_targets(words: Sequence[str], cells: Sequence[str], path: Path) -> dict[str, float]:
    """Return the targets that are named as CELL=T.

    Raises:
        UserError: a word has another form, a cell is named twice, or no row has it.
    """
    found: dict[str, float] = {}
    for word in words:
        name, _, value = word.rpartition("=")
        if name in found:
            raise UserError(f"--target-of {word}: {name} is named twice; expected one target of each cell")
        try:
            found[name] = float(value)
        except ValueError:
            raise UserError(f"--target-of {word}: expected CELL=T with a share of errors, as in denied=0.02") from None
        if name not in cells:
            raise UserError(f"{path}: no row has the cell {name or '(none)'}, which --target-of names; the cells are "
                            f"{', '.join(cells)}")
    return found


def _head(args: argparse.Namespace, table: ConfidenceTable) -> str:
    named = listed([name for name in (args.confidence, args.wrong, args.cell, args.case, args.time) if name])
    cases = "" if table.case is None else f"; {len(set(table.case)):,} cases"
    return f"{args.table.name}: {table.all_rows:,} rows, {table.left_out:,} left out for an empty {named}{cases}"


def _table(found: Mapping[str, Threshold]) -> str:
    rows = [("cell", "all", "target", "from", "decided", "wrong", "errors")]
    for name, of in found.items():
        decided = of.decided > 0
        rows.append((name, f"{of.rows:,}", f"{of.target:g}", repr(of.confidence) if decided else "",
                     f"{of.decided:,}", f"{of.wrong:,}" if decided else "",
                     f"{of.wrong / of.decided:.4f}" if decided else ""))
    return aligned(rows, left=1)


def _notes(found: Mapping[str, Threshold], args: argparse.Namespace) -> list[str]:
    """Return what the thresholds hold, and a sentence for each reason to read them with care."""
    decided, of_all = (sum(getattr(of, name) for of in found.values()) for name in ("decided", "rows"))
    if not decided:
        return ["Nothing is decided: no threshold holds the target with these rows."]
    what = "rows" if args.case is None else "cases" if args.cell is None else "cases, counted once in each cell"
    holds = "rate of errors is" if np.isinf(args.later) else \
        f"share of errors among the next ones, {args.later:g} for each read, is"
    said = [f"Decided are {decided:,} of {of_all:,} {what}.",
            f"With a probability of {args.level:.6g} the {holds} at most the target in every cell.",
            "This needs independent rows or cases, and later ones from the same process."]
    few = [name for name, of in found.items() if 0 < args.later * of.decided * of.target < 1]
    if few:
        said.append(f"Batches of {', '.join(few)} are so small that one error breaks the target: a guarantee for them "
                    "says little of the rate.")
    return said


if __name__ == "__main__":
    sys.exit(step.run(main))
