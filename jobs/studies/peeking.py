"""Show what looking at an experiment every day does to its intervals, in worlds where the arms do not differ.

Draws heavy-tailed outcomes of units that arrive look by look, and estimates the effect at every look. Counts the worlds
in which an interval excludes the true effect of 0: the fixed interval at the last look, the fixed interval at any look,
and the confidence sequence at any look. Reads nothing. With --out it writes the section `peeking` of a Markdown page.
Run again with the same seed, it gives the same figures. Everything in it is simulated data.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs import step
from jobs.effects.clustered import clustered
from jobs.effects.estimates import LEVEL
from jobs.effects.mean_difference import mean_difference
from jobs.effects.sequential import boundary, confidence_sequence
from jobs.effects.winsorise import winsorised
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console

ALPHA = 1 - LEVEL
CLUSTER = 5  # units of a cluster, where units come in clusters


@dataclass(frozen=True)
class World:
    """How outcomes are drawn.

    Attributes:
        sigma: of the lognormal outcomes; share: of the treated arm.
        quantile: at which they are winsorised at each look; None: they are not.
        by_cluster: whether clusters of `CLUSTER` units are assigned together and share half of their outcome.
    """

    sigma: float
    share: float
    quantile: float | None = None
    by_cluster: bool = False


WORLDS = tuple(World(sigma, share, quantile) for share in (0.5, 0.15, 0.05) for sigma in (1.0, 1.5, 2.0)
               for quantile in (None, 0.99)) + (World(1.5, 0.5, 0.99, by_cluster=True),)


@dataclass(frozen=True)
class Rejected:
    """Shares of worlds in which an interval excludes 0.

    Attributes:
        fixed: the fixed interval at the last look; peeking: at any look.
        sequence: the confidence sequence at any look.
    """

    fixed: float
    peeking: float
    sequence: float


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=400, help="worlds of each kind")
    parser.add_argument("--looks", type=int, default=30, help="looks at each world")
    parser.add_argument("--units", type=int, default=200, help="units that arrive between two looks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `peeking` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    found = {}
    for world in WORLDS:
        with console.timed(f"sigma {world.sigma:g}, {world.share:.0%} treated, {_cut(world)}"):
            found[world] = rejected(world, args.worlds, args.looks, args.units, args.seed)
    text = section(found, args.worlds, args.looks, args.units)
    console.show(text)
    if args.out:
        write_section(args.out, "peeking", text)


def rejected(world: World, worlds: int, looks: int, units: int, seed: int) -> Rejected:
    """Return how often the intervals exclude the true effect of 0, over many worlds of one kind."""
    rng, found = np.random.default_rng(seed), np.zeros(3)
    for _ in range(worlds):
        outcome, treated, clusters = _drawn(world, looks * units, rng)
        sizes = range(units, looks * units + 1, units)
        fixed, sequence = zip(*(_excludes(world, outcome[:size], treated[:size], clusters[:size], len(outcome))
                                for size in sizes))
        found += fixed[-1], any(fixed), any(sequence)
    return Rejected(*(found / worlds))


def _drawn(world: World, units: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, arms and clusters of units in the order in which they arrive."""
    clusters = np.arange(units) // (CLUSTER if world.by_cluster else 1)
    normal = rng.normal(size=units)
    if world.by_cluster:
        normal = np.sqrt(0.5) * (normal + rng.normal(size=units)[clusters])
    return np.exp(world.sigma * normal), (rng.random(units) < world.share)[clusters], clusters


def _excludes(world: World, outcome: np.ndarray, treated: np.ndarray, clusters: np.ndarray,
              planned: int) -> tuple[bool, bool]:
    """Return whether the fixed interval and the confidence sequence exclude 0 at one look."""
    smaller = int(min(treated.sum(), (~treated).sum()))
    if smaller < 2 * (CLUSTER if world.by_cluster else 1):
        return False, False  # the first looks may see too few treated units for any interval
    if world.quantile:
        outcome = winsorised(outcome, world.quantile)
    if world.by_cluster:
        of, smaller, planned = clustered(outcome, treated, clusters), smaller // CLUSTER, planned // CLUSTER
    else:
        of = mean_difference(outcome, treated)
    return of.p < ALPHA, confidence_sequence(of, smaller, planned).p < ALPHA


def section(found: dict[World, Rejected], worlds: int, looks: int, units: int) -> str:
    """Return the table as Markdown."""
    error = 100 * np.sqrt(ALPHA * (1 - ALPHA) / worlds)
    size = looks * units
    rows = [[f"{world.sigma:g}", f"{world.share:.0%}", _cut(world),
             *(f"{100 * share:.1f} %" for share in (of.fixed, of.peeking, of.sequence))] for world, of in found.items()]
    return (f"**Simulated data**: {worlds:,} worlds of each kind without an effect, {looks} looks, {units} new units "
            f"before each. A true rate of 5 % is measured with a standard error of {error:.1f} points. At the last "
            f"look the confidence sequence is {float(boundary(size, size)) / 1.96:.2f} times as wide as the fixed "
            "interval.\n\n"
            + format_table(["sigma of lognormal outcomes", "treated share", "outcomes", "fixed interval, last look",
                            "fixed interval, any look", "confidence sequence, any look"], rows))


def _cut(world: World) -> str:
    return ("as they are" if world.quantile is None else f"winsorised at {world.quantile:g}") + (
        ", by cluster" if world.by_cluster else "")


if __name__ == "__main__":
    sys.exit(step.run(main))
