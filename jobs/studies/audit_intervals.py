"""Show which intervals of an audit hold where decisions come in clusters, in worlds with and without a planted gap.

Draws decisions of sellers whose error rates differ, in three groups of sellers, of which the smallest is `islands`.
Counts the worlds in which an interval of 95 % holds the planted gap of FPR, and the audits without any gap in which
one is called. Reads nothing. With --out it writes the section `audit-intervals` of a Markdown page. Run again with the
same seed, it gives the same figures. Everything in it is simulated data.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np

from jobs import step
from jobs.after_sales.audit import Rate, audit
from jobs.after_sales.decisions import FPR, Decisions
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console
from jobs.statistics.shares import LEVEL

GROUPS, SHARES = ("coast", "inland", "islands"), (0.5, 0.35, 0.15)
GAP = 0.1
DRAWS = 400  # of a bootstrap


@dataclass(frozen=True)
class World:
    """Decisions about the cases of sellers.

    Attributes:
        sellers: how many; cases: the median of a seller, which varies as a lognormal of sigma .8.
        correlation: of the errors of two cases of a seller.
        within: whether cases of one seller are of several groups, as buyers are; else a seller has one group.
        false_positive, false_negative: error rates without the gap.
    """

    sellers: int
    correlation: float
    cases: int = 10
    within: bool = False
    false_positive: float = 0.1
    false_negative: float = 0.15


WORLDS = (World(60, 0.15), World(150, 0.1), World(400, 0.1), World(400, 0.0), World(150, 0.1, false_positive=0.02),
          World(150, 0.1, within=True))


@dataclass(frozen=True)
class Held:
    """Shares of worlds: intervals that hold the planted gap, and audits without a gap in which one is called."""

    effective: float
    by_row: float
    bootstrap: float
    called: float
    called_by_row: float


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=500, help="simulated worlds of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `audit-intervals` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    found = {}
    for world in WORLDS:
        with console.timed(f"{world.sellers} sellers"):
            found[world] = held(world, args.worlds, args.seed)
    text = section(found, args.worlds)
    console.show(text)
    if args.out:
        write_section(args.out, "audit-intervals", text)


def drawn(world: World, rng: np.random.Generator, gap: float = 0.0) -> Decisions:
    """Return decisions of a world; the FPR of `islands` is higher by the gap."""
    sizes = np.maximum(1, rng.lognormal(np.log(world.cases), 0.8, world.sellers)).astype(int)
    seller = np.repeat(np.arange(world.sellers), sizes)
    # Exact shares: a world without a seller of `islands` has no gap.
    ends = np.round(np.cumsum(SHARES) * (len(seller) if world.within else world.sellers)).astype(int)
    number = rng.permutation(np.searchsorted(ends, np.arange(ends[-1]), side="right"))
    group = np.array(GROUPS, object)[number if world.within else number[seller]]
    guilty = rng.random(len(seller)) < 0.3
    false_positive = _by_seller(rng, world, world.false_positive, seller) + gap * (group == "islands")
    wrong = rng.random(len(seller)) < np.where(guilty, _by_seller(rng, world, world.false_negative, seller),
                                               false_positive)
    return Decisions(guilty, guilty ^ wrong, group, cluster=seller)


def _by_seller(rng: np.random.Generator, world: World, rate: float, seller: np.ndarray) -> np.ndarray:
    """Return the error rate of each row's seller: a beta distribution around the rate."""
    if not world.correlation:
        return np.full(len(seller), rate)
    strength = (1 - world.correlation) / world.correlation
    return rng.beta(rate * strength, (1 - rate) * strength, world.sellers)[seller]


def held(world: World, worlds: int, seed: int) -> Held:
    """Return how often intervals hold the gap, and how often a gap is called without one."""
    rng, found = np.random.default_rng([seed, world.sellers, int(100 * world.correlation)]), np.zeros(5)
    for _ in range(worlds):
        planted, without = drawn(world, rng, GAP), drawn(world, rng)
        gaps = [_gap(audit(each)) for each in (planted, replace(planted, cluster=None))]
        ends = bootstrap(planted, rng)
        found += [*(gap.gap_low <= GAP <= gap.gap_high for gap in gaps), ends[0] <= GAP <= ends[1],
                  *(any_called(audit(each)) for each in (without, replace(without, cluster=None)))]
    return Held(*(found / worlds))


def any_called(rates: Sequence[Rate]) -> bool:
    """Return whether any gap has a q of at most 5 %."""
    return any(rate.q <= 1 - LEVEL for rate in rates)


def _gap(rates: Sequence[Rate]) -> Rate:
    return next(rate for rate in rates if (rate.metric, rate.group) == (FPR, "islands"))


def bootstrap(of: Decisions, rng: np.random.Generator) -> np.ndarray:
    """Return the percentile interval of the gap of FPR from sellers that are drawn with replacement."""
    counted = ~of.label
    mine = (of.group == "islands")[counted]
    sums = np.stack([np.bincount(of.cluster[counted], values, int(of.cluster.max()) + 1) for values in (
        mine * of.decision[counted], mine, ~mine * of.decision[counted], ~mine)])
    weights = rng.multinomial(sums.shape[1], np.full(sums.shape[1], 1 / sums.shape[1]), DRAWS)
    hits, rows, other_hits, other_rows = np.maximum(weights @ sums.T, 0).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nanquantile(hits / rows - other_hits / other_rows, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])


def section(found: dict[World, Held], worlds: int) -> str:
    """Return the table as Markdown."""
    rows = [[str(world.sellers), f"{world.correlation:g}", f"{world.false_positive:g}",
             "several" if world.within else "one", *(f"{100 * share:.1f} %" for share in astuple(of))]
            for world, of in found.items()]
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / worlds)
    return (f"**Simulated data**: {worlds:,} worlds of each kind with a planted gap of {GAP:g}, and as many without. A "
            f"true rate of 95 % or 5 % is measured with a standard error of {error:.1f} points.\n\n"
            + format_table(["sellers", "correlation within a seller", "FPR", "groups of a seller",
                            "interval by effective rows holds the gap", "interval by row", "percentile bootstrap",
                            "audits without a gap that call one", "the same by row"], rows))


if __name__ == "__main__":
    sys.exit(step.run(main))
