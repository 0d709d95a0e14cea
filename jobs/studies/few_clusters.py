"""Show which intervals hold where few clusters of units are assigned, in worlds without an effect.

Draws clusters of 3 to 59 units whose outcomes share half of their variance, and assigns whole clusters. Counts the
worlds in which an interval of 95 % holds the true effect of 0. Reads nothing. With --out it writes the section
`few-clusters` of a Markdown page. Run again with the same seed, it gives the same figures. Everything in it is
simulated data.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from jobs import step
from jobs.effects.estimates import Estimate, from_error
from jobs.effects.mean_difference import mean_difference
from jobs.effects.wild_bootstrap import wild_bootstrap
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console

DESIGNS = ((8, 3), (10, 3), (12, 4), (12, 2), (20, 6), (40, 12), (80, 24))  # clusters, treated ones
SIZES = 3, 60  # units of a cluster, the end left out
DRAWS = 399  # of each bootstrap


@dataclass(frozen=True)
class Covered:
    """Shares of worlds in which an interval holds the true effect.

    Attributes:
        bootstrap: the wild bootstrap; by_cluster: CR1 with t(G - 1); normal: CR1 with the normal distribution.
        by_unit: HC2, as if units were independent.
    """

    bootstrap: float
    by_cluster: float
    normal: float
    by_unit: float


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=1_000, help="worlds of each design")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `few-clusters` of this page")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    found = {design: covered(*design, args.worlds, args.seed) for design in DESIGNS}
    text = section(found, args.worlds)
    console.show(text)
    if args.out:
        write_section(args.out, "few-clusters", text)


def covered(clusters: int, treated_clusters: int, worlds: int, seed: int) -> Covered:
    """Return how often the intervals hold the true effect of 0, over many worlds of one design."""
    rng, found = np.random.default_rng([seed, clusters, treated_clusters]), np.zeros(4)
    for _ in range(worlds):
        codes = np.repeat(np.arange(clusters), rng.integers(*SIZES, clusters))
        outcome = rng.normal(size=clusters)[codes] + rng.normal(size=len(codes))
        treated = (rng.permutation(clusters) < treated_clusters)[codes]
        found += [of.low <= 0 <= of.high for of in _intervals(outcome, treated, codes)]
    return Covered(*(found / worlds))


def _intervals(outcome: np.ndarray, treated: np.ndarray, codes: np.ndarray) -> list[Estimate]:
    """Return the estimates in the order of `Covered`."""
    of = wild_bootstrap(outcome, treated, codes, draws=DRAWS)
    return [of, *(from_error(of.effect, of.error, df, of.units, of.clusters) for df in (of.clusters - 1, np.inf)),
            mean_difference(outcome, treated)]


def section(found: dict[tuple[int, int], Covered], worlds: int) -> str:
    """Return the table as Markdown."""
    rows = [[str(clusters), str(treated), *(f"{100 * share:.1f} %" for share in astuple(of))]
            for (clusters, treated), of in found.items()]
    error = 100 * np.sqrt(0.95 * 0.05 / worlds)
    return (f"**Simulated data**: {worlds:,} worlds of each design. A true rate of 95 % is measured with a standard "
            f"error of {error:.1f} points.\n\n"
            + format_table(["clusters", "treated ones", "wild bootstrap", "CR1, t(G - 1)", "CR1, normal", "by unit"],
                           rows))


if __name__ == "__main__":
    sys.exit(step.run(main))
