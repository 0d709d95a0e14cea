"""Hold the model of after-sales cases to planted faults: trained on earlier cases, tried on later ones.

Simulates each marketplace, trains on the cases that were closed 115 days before its end, and decides the later ones.
Reads nothing. With --out it writes the section `cases` of a Markdown page. Run again, it gives the same figures.
Everything in it is simulated data.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from features.case.definitions import PARTIES
from jobs import step
from jobs.reporting.markdown_sections import format_table
from jobs.studies import planted_worlds
from jobs.studies.case_world import SURE, CaseWorld, calibration_error, case_world, holds_targets

SECTION = "cases"
SECONDS = 900  # of one marketplace


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the study."""
    return planted_worlds.parse(__doc__, argv, 501, SECTION)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    worlds = planted_worlds.results(world, args, SECTION, SECONDS)
    planted_worlds.show(section(worlds, args.first_seed), args, SECTION)


def world(folder: Path, seed: int) -> CaseWorld:
    """Return what one marketplace shows."""
    return case_world(folder / f"world-{seed}", seed)


def section(worlds: Sequence[CaseWorld], first_seed: int) -> str:
    """Return the table of the study as Markdown."""
    decided, cases = (sum(getattr(each, name) for each in worlds) for name in ("decided", "cases"))
    wrong = sum(each.wrong for each in worlds)
    held = sum(map(holds_targets, worlds))
    shares, fault = (np.concatenate([getattr(each, name) for each in worlds]) for name in ("shares", "fault"))
    rows = [
        ("cases that arrived after the training, mean", f"{cases / len(worlds):,.0f}"),
        ("right by the likeliest party", _percent([each.accuracy for each in worlds])),
        ("right by the planted model, the best possible", _percent([each.best for each in worlds])),
        ("decided", f"{decided / cases:.1%}"),
        ("marketplaces in which anything is decided", f"{sum(each.decided > 0 for each in worlds)} of {len(worlds)}"),
        ("wrong among the decided ones", f"{wrong / max(decided, 1):.2%}"),
        ("marketplaces in which errors are within the targets", f"{held} of {len(worlds)}"),
        *((f"surest cases at {SURE:.0%} of errors, {way}", _percent([each.at_same_error[way] for each in worlds]))
          for way in worlds[0].at_same_error),
        *((f"calibration error of the {party}'s share", f"{calibration_error(shares[:, place], fault == place):.3f}")
          for place, party in enumerate(PARTIES)),
        ("paid share in its interval of 80 %", _percent([each.compensation for each in worlds]))]
    return "\n\n".join([
        f"**Simulated data**: {len(worlds)} small marketplaces, seeds {first_seed} to {first_seed + len(worlds) - 1}.",
        format_table(("figure", "value"), rows)]) + "\n"


def _percent(values: Sequence[float]) -> str:
    return f"{np.nanmean(values):.1%} ({np.nanmin(values):.1%} to {np.nanmax(values):.1%})"


if __name__ == "__main__":
    sys.exit(step.run(main))
