"""How often intervals of losses not yet reported hold what is found in the end, and how often reviewers' breaks show.

Simulates markets of five risks with a year of weeks or half of one, with a planted world each, and develops the last
month as of its end. Counts how many intervals of 80 % hold the loss of the month that is found in the end: the drawn
interval, and Mack's beside it. Plants a halving of verdicts in some weeks, and counts refusals. Reads nothing. With
--out it writes the section `development-study` of a Markdown page. Run again, it gives the same figures. Everything in
it is simulated data.
"""

import argparse
import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jobs import step
from jobs.ledger import risk_development
from jobs.ledger.risk_development import POOLED, Verdicts
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console
from jobs.studies import verdict_worlds
from jobs.studies.verdict_worlds import World

LEVEL = 0.8
WEEKS = 26
LAST = dt.date(2027, 2, 28)  # of a month of four whole weeks
MONTH = dt.date(2027, 2, 1), LAST
RATES = (1, 3, 10, 30, 50)  # verdicts a week of the risks of a market
DELAYS = (0.8, 1.2, 1.0, 0.9, 1.1)  # of each risk, times the world's
DRAWS = 500
MOST_BROKEN = 150  # markets of a break: each is tested six times

WORLDS: Mapping[str, World] = {
    "as assumed": World(1),
    "light amounts": World(1, amounts=0.7),
    "heavy amounts": World(1, amounts=1.8),
    "verdicts after 4 weeks": World(1, delay=4.0),
    "weeks differ by 70 %": World(1, spread=0.5),
    "grows 5 % a week": World(1, trend=0.05),
    "falls 5 % a week": World(1, trend=-0.05),
    "verdicts in batches of 5": World(1, batch=5),
    "four times as many in 3 weeks": World(1, burst=4.0),
    "large losses take longer": World(1, slow_large=0.3),
}
BREAKS: Mapping[str, Sequence[int]] = {
    "no change": (), "2 weeks of half": (16, 17), "4 weeks of half": (16, 17, 18, 19),
    "the last 2 weeks of half": (24, 25)}


@dataclass(frozen=True)
class Coverage:
    """Shares of the months of one risk, over all markets of a world.

    Attributes:
        covered, by_mack: months whose final loss lies in the drawn interval, and in Mack's.
        below, above: months whose final loss lies below and above the drawn interval.
        width: median width of the drawn interval, in parts of the mean final loss.
        pooled: months for which the risk took the pattern of all risks.
    """

    covered: float
    by_mack: float
    below: float
    above: float
    width: float
    pooled: float


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markets", type=int, default=300, help="simulated markets of each world")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section `development-study`")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    found = {}
    for name, world in WORLDS.items():
        with console.timed(name):
            found[name] = coverage(world, args.markets)
    with console.timed("changes of capacity"):
        refused = {name: refusals(weeks, min(args.markets, MOST_BROKEN)) for name, weeks in BREAKS.items()}
    text = section(found, refused, args.markets)
    console.show(text)
    if args.out:
        write_section(args.out, "development-study", text)


def coverage(world: World, markets: int, rates: Sequence[int] = RATES) -> dict[int, Coverage]:
    """Return the coverage of the last month by the rate of the risk."""
    rows = defaultdict(list)
    for number in range(markets):
        market = _market(np.random.default_rng([26, number]), world, rates)
        # Refusals are counted by `refusals`; a refused month would leave out the hard ones.
        found = risk_development.develop_risks(market, LAST, draws=DRAWS, significance=0)
        for rate in rates:
            if f"{rate}" in found:
                rows[rate].append(_month(found[f"{rate}"], market[f"{rate}"]))
    return {rate: _coverage(np.array(each)) for rate, each in rows.items()}


def _month(found: risk_development.RiskDevelopment, verdicts: Verdicts) -> tuple[float, ...]:
    month = found.within(*MONTH)
    final = verdicts.amount[verdicts.incurred >= np.datetime64(MONTH[0])].sum()
    to_come = final - found.reported[month].sum()
    drawn, by_mack = found.estimate.to_come(month, LEVEL), found.by_mack(month, LEVEL)
    rounding = 1e-9 * max(final, 1.0)
    return (drawn.low - rounding <= to_come <= drawn.high + rounding,
            by_mack.low - rounding <= to_come <= by_mack.high + rounding,
            to_come < drawn.low - rounding, to_come > drawn.high + rounding, drawn.high - drawn.low, final,
            found.pattern == POOLED)


def _coverage(months: np.ndarray) -> Coverage:
    covered, by_mack, below, above, _, final, pooled = months.mean(axis=0)
    return Coverage(covered, by_mack, below, above, float(np.median(months[:, 4])) / final, pooled)


def refusals(halved: Sequence[int], markets: int, rates: Sequence[int] = RATES) -> dict[int | None, float]:
    """Return the share of months that are refused by the rate of a risk alone in its market; None: all rates together.

    Args:
        halved: weeks, numbered from 0 to WEEKS - 1, in which half of the verdicts are not made until the week after.
    """
    alone = {f"{rate}": (rate,) for rate in rates}
    counted = defaultdict(list)
    for number in range(markets):
        market = _market(np.random.default_rng([27, number]), World(1), rates, halved)
        for rate, each in {**alone, "": rates}.items():
            found = risk_development.develop_risks({f"{one}": market[f"{one}"] for one in each if
                                                    (market[f"{one}"].reported <= np.datetime64(LAST)).any()}, LAST,
                                                   draws=2)
            counted[int(rate) if rate else None].append(np.mean([bool(risk.refused) for risk in found.values()]))
    return {rate: float(np.mean(shares)) for rate, shares in counted.items()}


def _market(rng: np.random.Generator, world: World, rates: Sequence[int],
            halved: Sequence[int] = ()) -> dict[str, Verdicts]:
    """Return the dated verdicts of a market's risks, also those to come. Weeks end on the weekday of LAST."""
    market = {}
    for rate, delay in zip(rates, DELAYS):
        made = verdict_worlds.made(rng, replace(world, rate=rate, delay=world.delay * delay), WEEKS, halved)
        week = np.datetime64(LAST) - 7 * (WEEKS - 1 - made.incurred)
        # Whole weeks are kept: a loss falls on any day of its week, and a verdict comes on the last day of one.
        market[f"{rate}"] = Verdicts(week - rng.integers(0, 7, len(week)), week + 7 * made.delay, made.amount)
    return market


def section(found: Mapping[str, Mapping[int, Coverage]], refused: Mapping[str, Mapping[int | None, float]],
            markets: int) -> str:
    """Return the tables of the study as Markdown."""
    rates = sorted(next(iter(found.values())))
    covered = [[name, *(f"{by[rate].covered:.0%} ({by[rate].by_mack:.0%})" for rate in rates)]
               for name, by in found.items()]
    detail = [[f"{rate} a week", f"{each.covered:.1%}", f"{each.below:.1%}", f"{each.above:.1%}", f"{each.by_mack:.1%}",
               f"{each.width:.2f}", f"{each.pooled:.0%}"] for rate, each in next(iter(found.values())).items()]
    shown = [[name, *(f"{by[rate]:.0%}" for rate in rates), f"{by[None]:.0%}"] for name, by in refused.items()]
    heads = [f"{rate} a week" for rate in rates]
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / markets)
    return "\n\n".join([
        f"Simulated data: {markets} markets of each world, {WEEKS} weeks, intervals of {LEVEL:.0%}. A share of "
        f"{LEVEL:.0%} is known to {error:.1f} points (one standard error).",
        "Months whose final loss lies in the drawn interval, and in brackets in Mack's, by verdicts a week:",
        format_table(["world", *heads], covered),
        f"The world {next(iter(found))!r} in detail:",
        format_table(["risk", "held", "below", "above", "Mack", "width / loss", "pooled pattern"], detail),
        f"Months that are refused in {min(markets, MOST_BROKEN)} markets, by risks alone in their market, and of all "
        "five risks in one market:",
        format_table(["reviewers", *heads, "five risks"], shown),
        f"Made by `python -m jobs.studies.development --markets {markets}`."])


if __name__ == "__main__":
    sys.exit(step.run(main))
