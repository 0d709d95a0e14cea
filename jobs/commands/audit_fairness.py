"""Audit decisions for fairness: error rates by group, and gaps between groups, for any CSV or Parquet file.

Reads the file, a row a decision; rows with an empty value in a named column are left out and counted. Writes nothing.
Run again with the same seed, it shows the same figures. docs/fairness.md says what the tests mean and leave open.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jobs import step
from jobs.after_sales.audit import Rate, audit, equalised_odds
from jobs.after_sales.decision_file import DecisionColumns, DecisionTable, read_decisions
from jobs.after_sales.proxies import proxies
from jobs.after_sales.same_evidence import same_evidence
from jobs.errors import UserError
from jobs.runtime import arguments, console
from jobs.runtime.terminal_text import aligned
from jobs.statistics.shares import LEVEL
from jobs.storage.outside_file import listed

FALSE_SHARE = 0.05  # of the gaps that the notes name
FEW_CLUSTERS = 10


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, metavar="FILE", help="CSV or Parquet, a row a decision")
    parser.add_argument("--label", required=True, metavar="COLUMN", help="what was right: 0 or 1, or two words")
    parser.add_argument("--decision", required=True, metavar="COLUMN", help="what was decided: the same")
    parser.add_argument("--group", required=True, metavar="COLUMN", help="whose treatment is compared")
    parser.add_argument("--cluster", metavar="COLUMN", help="rows with the same value share their fate, as a seller's")
    parser.add_argument("--evidence", type=arguments.names, default=[], metavar="A,B",
                        help="also compare decisions of rows with the same values in these columns")
    parser.add_argument("--features", type=arguments.names, default=[], metavar="A,B",
                        help="also measure what these columns say about the group")
    parser.add_argument("--positive", type=arguments.names, default=[], metavar="VALUE",
                        help="the positive word of label and decision; two words, if they differ: guilty,deny")
    parser.add_argument("--abstained", metavar="VALUE", help="the decision that means that nothing was decided")
    parser.add_argument("--reference", metavar="VALUE", help="compare groups with this one, not with all others")
    parser.add_argument("--level", type=float, default=LEVEL, help=f"of the intervals; default: {LEVEL}")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the permutations of --features")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if not 0.5 < args.level < 1 or args.seed < 0:
        raise UserError(f"--level {args.level:g} --seed {args.seed}: expected a level between 0.5 and 1, and a seed "
                        "from 0 up")
    columns = DecisionColumns(args.label, args.decision, args.group, args.cluster, args.evidence, args.features,
                              args.positive, args.abstained)
    table = read_decisions(args.table, columns)
    groups = sorted(set(table.decisions.group))
    if args.reference is not None and args.reference not in groups:
        raise UserError(f"{args.table}: no row has {args.group} = {args.reference}, which --reference names; the "
                        f"groups are {', '.join(groups)}")
    rates = audit(table.decisions, args.reference, args.level)
    parts = [_head(args, columns, table), "", _rate_table(rates, args), *_notes(rates, args), _equalised_odds(rates)]
    if table.strata is not None:
        parts += ["", *_same_evidence(table, args)]
    if table.features:
        parts += ["", *_proxies(table, args)]
    console.show("\n".join(parts))


def _head(args: argparse.Namespace, columns: DecisionColumns, table: DecisionTable) -> str:
    clusters = f", in {len(set(table.decisions.cluster)):,} clusters" if args.cluster else ""
    return (f"{args.table.name}: {table.rows:,} rows, {table.left_out:,} left out for an empty "
            f"{listed(columns.required)}{clusters}\n"
            f"positive: {args.label} = {table.positive[0]}, {args.decision} = {table.positive[1]}")


def _rate_table(rates: Sequence[Rate], args: argparse.Namespace) -> str:
    against = "the rest" if args.reference is None else args.reference
    ends = f"low ({args.level:.4g})", "high"
    rows = [("metric", args.group, "rows", *(["clusters"] if args.cluster else []), "rate", *ends,
             f"gap to {against}", *ends, "p", "q")]
    for rate in rates:
        rows.append((rate.metric, rate.group, f"{rate.rows:,}", *([f"{rate.clusters:,}"] if args.cluster else []),
                     *(_places(value) for value in (rate.value, rate.low, rate.high)),
                     *(_places(value, "+") for value in (rate.gap, rate.gap_low, rate.gap_high)),
                     _small(rate.p), _small(rate.q)))
    return aligned(rows, left=2)


def _notes(rates: Sequence[Rate], args: argparse.Namespace) -> list[str]:
    """Return a sentence for what the table shows, and for each reason to read it with care."""
    called = [rate for rate in rates if rate.q <= FALSE_SHARE]
    count = sum(not np.isnan(rate.q) for rate in rates)
    found = ["", f"{len(called)} of {count} gaps have a q of at most {FALSE_SHARE:.2f}"
             + (": " + ", ".join(f"{rate.metric} of {rate.group} {rate.gap:+.4f}" for rate in called) if called else "")
             + "."]
    few = sorted({rate.group for rate in rates if rate.clusters < FEW_CLUSTERS})
    if few and args.cluster:
        found.append(f"Fewer than {FEW_CLUSTERS} clusters stand behind a rate of {', '.join(few)}: intervals are wide "
                     "there, and one cluster gives none.")
    if not args.cluster:
        found.append("Intervals take each row as independent. Rows of one seller or buyer are not: name the column "
                     "with --cluster.")
    return found


def _equalised_odds(rates: Sequence[Rate]) -> str:
    found = equalised_odds(rates)
    if found.largest is None:
        return "Equalised odds: no gap of FPR or FNR is known."
    return (f"Equalised odds (no gap of FPR and FNR in any group): p {_small(found.p)}; the largest gap is "
            f"{found.largest.metric} of {found.largest.group}, {found.largest.gap:+.4f}.")


def _same_evidence(table: DecisionTable, args: argparse.Namespace) -> list[str]:
    gaps = same_evidence(table.decisions, table.strata, args.reference, args.level)
    rows = [(args.group, "decided", "with equals", "strata", "gap", f"low ({args.level:.4g})", "high", "p", "q")]
    for gap in gaps:
        rows.append((gap.group, f"{gap.all_rows:,}", f"{gap.own_rows:,}", f"{gap.strata:,}",
                     *(_places(value, "+") for value in (gap.value, gap.low, gap.high)), _small(gap.p), _small(gap.q)))
    return [f"The same evidence ({', '.join(args.evidence)}): how much more often {args.decision} = "
            f"{table.positive[1]}", aligned(rows, left=1)]


def _proxies(table: DecisionTable, args: argparse.Namespace) -> list[str]:
    found = proxies(table.features, table.decisions.group, table.decisions.cluster, seed=args.seed)
    rows = [("feature", "bits", f"share of {args.group}", "p", "q")]
    rows += [(each.feature, f"{each.bits:.4f}", f"{each.share:.4f}", _small(each.p), _small(each.q)) for each in found]
    return [f"Proxies: what features say about {args.group}, less what chance gives", aligned(rows, left=1)]


def _places(value: float, sign: str = "") -> str:
    return "" if np.isnan(value) else f"{value:{sign}.4f}"


def _small(value: float) -> str:
    return "" if np.isnan(value) else "< .0001" if value < 0.0001 else f"{value:.4f}"


if __name__ == "__main__":
    sys.exit(step.run(main))
