"""The section of docs/strategy-study.md: what planted truth says of back-tests, policies and random reviews."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from jobs.reporting.markdown_sections import format_table
from jobs.studies import review_coverage
from jobs.studies.review_coverage import CHOSEN, CORRECTED, MOST, PERFECT, SIZES, UNCORRECTED, Population

if TYPE_CHECKING:
    from jobs.studies.strategy import WorldResult


def section(results: Sequence["WorldResult"]) -> str:
    """Return the section as Markdown."""
    seeds = f"{results[0].seed} to {results[-1].seed}"
    return "\n\n".join([
        f"**Simulated data**: {len(results)} small marketplaces, seeds {seeds}. Money is in units.",
        "### Loss caught: back-test and truth", _caught(results),
        "### The live policies against the highest scores", _compared(results),
        "### Prevalence from random reviews", _prevalence(results)])


def t_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean of independent values and the ends of its t interval of 95 %; NaN ends of fewer than two."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count))
    return mean, mean - half, mean + half


def by_risk(results: Sequence["WorldResult"]) -> dict[tuple[str, str], list[Population]]:
    """Return the populations of each risk over all marketplaces.

    One without a guilty row is left out: every interval that begins at 0 holds its prevalence.
    """
    found: dict[tuple[str, str], list[Population]] = {}
    for result in results:
        for key, population in result.populations.items():
            if population.guilty.any():
                found.setdefault(key, []).append(population)
    return found


def sizes_of(populations: Sequence[Population]) -> list[int]:
    """Return the sample sizes that are at most `MOST` of the smallest population."""
    return [size for size in SIZES if size <= MOST * min(len(population.guilty) for population in populations)]


def _caught(results: Sequence["WorldResult"]) -> str:
    held = sum(result.caught.holds for result in results)
    rows = [[str(r.seed), str(r.caught.actions), _money(r.caught.truth), _money(r.caught.lower), _money(r.caught.upper),
             f"{_money(r.caught.lo)} to {_money(r.caught.hi)}", "yes" if r.caught.holds else "**no**"] for r in results]
    return (f"The interval holds the truth in {held} of {len(results)} marketplaces.\n\n"
            + format_table(["seed", "first actions", "planted truth", "lower bound", "upper bound", "interval of 95 %",
                            "holds"], rows))


def _compared(results: Sequence["WorldResult"]) -> str:
    rows = [[str(r.seed), str(r.live.actions), str(r.highest.actions), f"{r.live.minutes:,.0f}",
             *(_money(value) for value in (
                 r.live.value_in_horizon, r.highest.value_in_horizon,
                 r.live.value_in_horizon - r.highest.value_in_horizon, r.live.value, r.highest.value,
                 r.live.value - r.highest.value))] for r in results]
    lines = []
    for name, values in (
            ("live less highest scores, within the horizon",
             [r.live.value_in_horizon - r.highest.value_in_horizon for r in results]),
            ("live less highest scores, all days", [r.live.value - r.highest.value for r in results]),
            ("the same, with the ordinary trade of attackers as a loss",
             [r.live.value - r.live.attackers_trade - r.highest.value + r.highest.attackers_trade for r in results]),
            ("live without `unbooked_loss_cents` less highest scores, within the horizon",
             [r.booked.value_in_horizon - r.highest.value_in_horizon for r in results]),
            ("live without `unbooked_loss_cents` less live, all days",
             [r.booked.value - r.live.value for r in results])):
        mean, low, high = t_interval(values)
        lines.append([name, _money(mean), f"{_money(low)} to {_money(high)}"])
    return "\n\n".join([
        format_table(["seed", "live actions", "reviews of highest scores", "minutes", "live, in horizon",
                      "highest, in horizon", "difference", "live, all days", "highest, all days", "difference"], rows),
        format_table(["difference", "mean", "interval of 95 %"], lines)])


def _prevalence(results: Sequence["WorldResult"]) -> str:
    risks = by_risk(results)
    rows, methods = [], []
    for (entity, risk), populations in risks.items():
        for size in sizes_of(populations):
            found = review_coverage.coverage(populations, size)
            of = found[PERFECT][CHOSEN]
            rows.append([f"{entity}/{risk}", f"{100 * np.mean([p.prevalence for p in populations]):.2f} %", str(size),
                         f"{of.effective:.0f}", f"{of.guilty:.1f}", f"{100 * of.width / 2:.2f}",
                         *(f"{100 * found[who][CHOSEN].covered:.1f}" for who in (PERFECT, CORRECTED, UNCORRECTED)),
                         f"{100 * found[UNCORRECTED][CHOSEN].bias:+.2f}"])
            methods.append([f"{entity}/{risk}", str(size),
                            *(f"{100 * of_method.covered:.1f}" for of_method in found[PERFECT].values())])
    return "\n\n".join([
        format_table(["risk", "planted", "reviews", "effective", "guilty ones", "half width, points",
                      "coverage, perfect reviewers", "coverage, erring ones corrected",
                      "coverage, erring ones as they are",
                      "bias as they are, points"], rows),
        "Coverage of each method in %, with perfect reviewers:",
        format_table(["risk", "reviews", *review_coverage.METHODS], methods)])


def _money(cents: float) -> str:
    return "" if np.isnan(cents) else f"{cents / 100:,.0f}"
