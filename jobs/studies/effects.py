"""Hold estimated effects to planted ones: experiments in simulated marketplaces, and rings that are split over arms.

Simulates marketplaces without actions, with everybody stopped, and with the treated arm stopped; counts the intervals
of 95 % that hold the difference of the first two. Draws rings whose stopped accounts go on under others. Reads nothing.
With --out it writes the section `effects` of a Markdown page. Run again, it gives the same figures. Everything in it is
simulated data.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jobs import step
from jobs.effects.experiment_effects import ADJUSTED, MEANS
from jobs.reporting.markdown_sections import format_table
from jobs.studies import planted_worlds
from jobs.studies.claimed_money import Claim
from jobs.studies.displaced_rings import drawn
from jobs.studies.effect_worlds import Compared, World, compared

SECTION = "effects"
SECONDS = 600  # of one marketplace
DRAWS = 400  # of rings


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    return planted_worlds.parse(__doc__, argv, 301, SECTION)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    worlds = planted_worlds.results(world, args, SECTION, SECONDS)
    planted_worlds.show(section(worlds, args.first_seed), args, SECTION)


def world(folder: Path, seed: int) -> World:
    """Return the comparisons of one marketplace, and delete its files."""
    home = folder / f"world-{seed}"
    found = compared(home, seed)
    shutil.rmtree(home)
    return found


def section(worlds: Sequence[World], first_seed: int) -> str:
    """Return the tables of the study as Markdown."""
    by_metric = list(zip(*(each.compared for each in worlds)))
    by_account = list(zip(*(each.claims for each in worlds)))
    rows = [_metric_row(of_metric) for of_metric in by_metric]
    return "\n\n".join([
        f"**Simulated data**: {len(worlds)} small marketplaces, seeds {first_seed} to {first_seed + len(worlds) - 1}.",
        format_table(("metric", "planted effect", "mean estimate", "mean adjusted", "mean plain difference",
                      "intervals that hold it", "adjusted ones that hold it", "half width", "half width, adjusted"),
                     rows),
        "What the ledger says of all treated units, beside the cents that landed and those that were planted:",
        format_table(("account", "ledger", "landed", "planted", "intervals of 95 % that hold what landed",
                      "of 80 %", "of 95 % that hold what was planted", "of 80 %", "half width, 80 %"),
                     [_account_row(claims) for claims in by_account]),
        f"Rings whose stopped accounts go on under others, {DRAWS} draws:",
        format_table(("comes back", "planted effect", "accounts assigned", "hold it", "groups assigned", "hold it"),
                     [_rings_row(moved) for moved in (0.0, 0.25, 0.5)])]) + "\n"


def _metric_row(of_metric: Sequence[Compared]) -> tuple[str, ...]:
    means, adjusted = ([each.estimates[name] for each in of_metric] for name in (MEANS, ADJUSTED))
    truth = np.array([each.truth for each in of_metric])

    def held(estimates) -> str:
        count = sum(one.low <= true <= one.high for one, true in zip(estimates, truth))
        return f"{count} of {len(truth)}"

    def mean(values) -> str:
        return f"{np.mean(values):,.2f}"

    return (of_metric[0].metric, mean(truth), *(mean([one.effect for one in part]) for part in (means, adjusted)),
            mean([each.naive for each in of_metric]), held(means), held(adjusted),
            *(mean([(one.high - one.low) / 2 for one in part]) for part in (means, adjusted)))


def _account_row(claims: Sequence[Claim]) -> tuple[str, ...]:
    def mean(values) -> str:
        return f"{np.mean(list(values)):,.0f}"

    return (claims[0].account, *(mean(getattr(each, name) for each in claims)
                                 for name in ("estimate", "landed", "planted")),
            *(f"{sum(each.holds(level, getattr(each, money)) for each in claims)} of {len(claims)}"
              for money in ("landed", "planted") for level in (0.95, 0.8)),
            mean((each.high - each.low) / 2 for each in claims))


def _rings_row(moved: float) -> tuple[str, ...]:
    found = [drawn(seed, moved) for seed in range(DRAWS)]

    def held(name: str) -> str:
        return f"{np.mean([getattr(one, name).low <= one.truth <= getattr(one, name).high for one in found]):.1%}"

    return (f"{moved:.0%}", f"{np.mean([one.truth for one in found]):,.1f}",
            *(text for name in ("by_account", "by_group")
              for text in (f"{np.mean([getattr(one, name).effect for one in found]):,.1f}", held(name))))


if __name__ == "__main__":
    sys.exit(step.run(main))
