"""Show what an experiment did: every estimator of the effect side by side, for any CSV or Parquet file.

Reads the file, a row a unit, or of a switchback a row a region and day. Rows with an empty value in a named column are
left out and counted. Writes nothing. Run again with the same seed, it shows the same figures. docs/effects.md says
which estimator to read when.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jobs import step
from jobs.effects import regression_adjustment, switchback
from jobs.effects.clustered import clusters_by_arm
from jobs.effects.estimates import LEVEL
from jobs.effects.permutation import PERMUTATIONS
from jobs.effects.sequential import BURN_IN
from jobs.effects.side_by_side import SEQUENCE, Row, Sample, side_by_side
from jobs.effects.skewness import needed_units
from jobs.effects.unit_file import UnitColumns, Units, read_units
from jobs.effects.wild_bootstrap import FEW
from jobs.effects.winsorise import winsorised
from jobs.errors import UserError
from jobs.runtime import arguments, console
from jobs.storage.outside_file import label, listed

HEADS = ("estimator", "effect", "std. error", f"low ({LEVEL:.0%})", f"high ({LEVEL:.0%})", "p", "df", "variance cut",
         "smallest effect")
VERY_FEW = 6  # clusters in an arm below which even the wild bootstrap depends on clusters that are alike


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, metavar="FILE", help="CSV or Parquet, a row a unit")
    parser.add_argument("--arm", required=True, metavar="COLUMN", help="the column that names each unit's arm")
    parser.add_argument("--control", required=True, metavar="VALUE", help="the arm that the others are compared with")
    parser.add_argument("--metric", required=True, metavar="COLUMN", help="the outcome, a number")
    parser.add_argument("--denominator", metavar="COLUMN", help="the metric is sum of --metric / sum of this column")
    parser.add_argument("--covariates", type=arguments.names, default=[], metavar="A,B",
                        help="numbers known beforehand")
    parser.add_argument("--cluster", metavar="COLUMN", help="units with the same value share their fate")
    parser.add_argument("--winsorise", type=float, metavar="Q", help="also cut outcomes at this quantile, such as .99")
    parser.add_argument("--permutations", type=int, default=PERMUTATIONS, metavar="N", help="draws of the arms")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of permutations and bootstrap")
    parser.add_argument("--region", metavar="COLUMN", help="of a switchback: what changes its arm")
    parser.add_argument("--day", metavar="COLUMN", help="of a switchback: the day, or its number")
    parser.add_argument("--block-days", type=int, metavar="N", help="of a switchback: days of a block, from the first "
                        "day of the file on")
    parser.add_argument("--burn-in", type=int, default=0, metavar="N", help="of a switchback: first days of a block "
                        "that are left out")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if args.permutations < 1 or args.seed < 0:
        raise UserError(f"--permutations {args.permutations} --seed {args.seed}: expected at least 1 permutation and a "
                        "seed from 0 up")
    _require_arguments_of_one_kind(args)
    columns = UnitColumns(args.arm, args.metric, args.denominator, args.covariates, args.cluster, args.region, args.day)
    units = read_units(args.table, columns)
    control = _control(args, units)
    parts = [_head(args.table, columns, units)]
    for arm in _arms(args, units, control):
        chosen = (units.arm == arm) | (units.arm == control)
        try:
            if args.region:
                parts += _switchback(args, units, chosen, arm, control)
                continue
            sample = _sample(units, columns, chosen, arm)
            rows = side_by_side(sample, args.winsorise, args.permutations, args.seed)
        except ValueError as failure:
            raise UserError(f"{args.table}: {args.arm} {arm} against {control}: {failure}") from None
        parts += [_arm_lines(columns, sample, arm, control), table(rows), *_notes(columns, sample, args.winsorise)]
    console.show("\n".join(parts))


def _require_arguments_of_one_kind(args: argparse.Namespace) -> None:
    """Check that a switchback has all of its arguments, and none that it cannot use.

    Raises:
        UserError: otherwise.
    """
    own = {"--region": args.region, "--day": args.day, "--block-days": args.block_days}
    others = {"--denominator": args.denominator, "--covariates": args.covariates, "--cluster": args.cluster,
              "--winsorise": args.winsorise}
    if not any(own.values()):
        if args.burn_in:
            raise UserError("--burn-in is about a switchback; expected --region, --day and --block-days beside it")
        return
    if missing := [name for name, value in own.items() if not value]:
        raise UserError(f"a switchback needs --region, --day and --block-days; expected {' and '.join(missing)} too")
    if given := [name for name, value in others.items() if value]:
        raise UserError(f"a switchback compares sums of blocks; expected no {' and no '.join(given)}")
    if args.block_days < 1 or args.burn_in < 0:
        raise UserError(f"--block-days {args.block_days} --burn-in {args.burn_in}: expected at least 1 day of a block, "
                        "and a burn-in from 0 up")


def _switchback(args: argparse.Namespace, units: Units, chosen: np.ndarray, arm: str, control: str) -> list[str]:
    """Return what the blocks of an arm and of the control show, as text."""
    keys = np.column_stack([units.region, units.day.astype(str)])
    if repeated := len(keys) - len(np.unique(keys, axis=0)):
        raise ValueError(f"{repeated} rows repeat a {args.region} and {args.day}; expected one row of each")
    block = (units.day - units.day.min()) // args.block_days
    of = switchback.blocks(units.numbers[args.metric][chosen], units.arm[chosen] == arm, units.region[chosen],
                           units.day[chosen], block[chosen], args.burn_in)
    found = switchback.estimates(of, args.permutations, args.seed)
    levels = [f"{of.mean[mask].mean():,.6g}" for mask in (of.treated, ~of.treated)]
    design = "each pair of blocks has both arms" if of.is_paired else (
        f"the order of the blocks of a {args.region} counts as drawn")
    parts = [f"\n{args.arm} {arm} against {control}: {of.treated.sum():,} and {(~of.treated).sum():,} blocks of "
             f"{len(np.unique(of.region)):,} {args.region}s; mean {args.metric} {levels[0]} and {levels[1]} a day\n"
             f"{design}\n", table([Row(name, estimate) for name, estimate in found])]
    if switchback.too_short(found):
        parts += ["", f"The arm of the block before still shows after {args.burn_in} days: the burn-in is too short, "
                  "and the effect too small."]
    return parts


def _control(args: argparse.Namespace, units: Units) -> str:
    """Return the control arm's label. 0.0 and 0 are the same.

    Raises:
        UserError: no unit is in it.
    """
    try:
        names = {args.control, label(float(args.control))}
    except ValueError:
        names = {args.control}
    found = sorted(names & set(units.arm))
    if not found:
        raise UserError(f"{args.table}: no unit has {args.arm} = {args.control}; the arms are "
                        f"{', '.join(sorted(set(units.arm))) or 'all empty'}")
    return found[0]


def _arms(args: argparse.Namespace, units: Units, control: str) -> list[str]:
    """Return the arms other than the control.

    Raises:
        UserError: there is none, or an arm has fewer than 2 units.
    """
    others = sorted(set(units.arm) - {control})
    if not others:
        raise UserError(f"{args.table}: every unit has {args.arm} = {control}; expected a second arm")
    for arm in (control, *others):
        if (count := int((units.arm == arm).sum())) < 2:
            raise UserError(f"{args.table}: {count} unit has {args.arm} = {arm}; expected at least 2 in each arm")
    return others


def _sample(units: Units, columns: UnitColumns, chosen: np.ndarray, arm: str) -> Sample:
    numbers = {name: values[chosen] for name, values in units.numbers.items()}
    return Sample(
        numbers[columns.metric], units.arm[chosen] == arm, None if units.clusters is None else units.clusters[chosen],
        np.stack([numbers[name] for name in columns.covariates], axis=1) if columns.covariates else None,
        numbers[columns.denominator] if columns.denominator else None)


def _head(path: Path, columns: UnitColumns, units: Units) -> str:
    return f"{path.name}: {units.rows:,} rows, {units.left_out:,} left out for an empty {listed(columns.names)}"


def _arm_lines(columns: UnitColumns, sample: Sample, arm: str, control: str) -> str:
    """Return what is compared: units, clusters and the metric of both arms."""
    treated = sample.treated
    counts = f"{treated.sum():,} and {(~treated).sum():,} units"
    if sample.clusters is not None:
        counts += " in {:,} and {:,} clusters".format(*clusters_by_arm(treated, sample.clusters))
    below = np.ones(len(treated)) if sample.denominator is None else sample.denominator
    metric = f"mean {columns.metric}" if sample.denominator is None else f"{columns.metric} / {columns.denominator}"
    levels = [f"{sample.outcome[mask].sum() / below[mask].sum():,.6g}" for mask in (treated, ~treated)]
    return f"\n{columns.arm} {arm} against {control}: {counts}; {metric} {levels[0]} and {levels[1]}\n"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text, with as many decimals as four digits of the smallest error need."""
    errors = [row.estimate.error for row in rows if row.estimate.error > 0]
    decimals = int(np.clip(3 - np.floor(np.log10(min(errors))), 0, 9)) if errors else 0
    cells = [HEADS, *(_cells(row, decimals) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADS))]
    return "\n".join("  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in
                                                           zip(line[1:], widths[1:]))]).rstrip() for line in cells)


def _cells(row: Row, decimals: int) -> tuple[str, ...]:
    of = row.estimate

    def money(value: float, sign: str = "+") -> str:
        return "" if np.isnan(value) else f"{value:{sign},.{decimals}f}"

    return (row.estimator, money(of.effect), money(of.error, ""), money(of.low), money(of.high), _p(of.p),
            "" if np.isnan(of.df) else f"{of.df:,.0f}", "" if np.isnan(row.cut) else f"{row.cut:.1%}",
            money(row.smallest, ""))


def _p(value: float) -> str:
    return "< .0001" if value < 0.0001 else f"{value:.4f}"


def _notes(columns: UnitColumns, sample: Sample, quantile: float | None) -> list[str]:
    """Return a sentence for each reason to read the table with care."""
    found = _skewed(sample, quantile)
    sizes = [int(sample.treated.sum()), int((~sample.treated).sum())]
    if sample.covariates is not None:
        kept = regression_adjustment.usable(sample.treated, sample.covariates)
        if dropped := [name for place, name in enumerate(columns.covariates) if place not in kept]:
            found.append(f"Left out of the adjustment, because they say nothing more within an arm: "
                         f"{', '.join(dropped)}.")
    if sample.clusters is not None:
        sizes = list(clusters_by_arm(sample.treated, sample.clusters))
        if len(np.unique(sample.clusters)) < FEW and sample.denominator is None:
            found.append(f"Fewer than {FEW} clusters: read the wild bootstrap.")
        if min(sizes) < VERY_FEW:
            found.append(f"An arm has {min(sizes)} clusters: even the wild bootstrap may be wrong.")
    if min(sizes) < BURN_IN:
        found.append(f"The {SEQUENCE} says nothing before an arm has {BURN_IN} "
                     f"{'units' if sample.clusters is None else 'clusters'}.")
    return ["", *found] if found else []


def _skewed(sample: Sample, quantile: float | None) -> list[str]:
    if sample.denominator is not None:
        return []
    smaller = int(min(sample.treated.sum(), (~sample.treated).sum()))
    needed = needed_units(sample.outcome, sample.treated)
    if needed <= smaller:
        return []
    found = [f"A few outcomes are far larger than the rest. Intervals of means need about {needed:,.0f} units in the "
             f"smaller arm, which has {smaller:,}: read the permutation p."]
    if quantile is not None:
        cut = needed_units(winsorised(sample.outcome, quantile), sample.treated)
        found.append(f"Winsorised at {quantile:g} they need about {cut:,.0f}.")
    return found


if __name__ == "__main__":
    sys.exit(step.run(main))
