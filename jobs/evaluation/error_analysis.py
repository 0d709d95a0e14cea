"""Whom a model misses at capacity, against the planted truth, and what they have in common."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jobs.evaluation.ground_truth import GroundTruth

# A part with fewer planted rows says nothing by its share.
MIN_SEGMENT_ROWS = 5
ATTACK_AGE_BANDS = ((0, "begins later that week"), (7, "began in the week before"), (21, "began one to three weeks "
                                                                                         "before"),
                    (None, "began more than three weeks before"))
ACTIVITY_BANDS = ((1, "no event in 30 days"), (5, "1 to 4 events in 30 days"), (20, "5 to 19 events in 30 days"),
                  (None, "20 events in 30 days and more"))


@dataclass(frozen=True)
class Segment:
    """Planted rows that have one thing in common: how many, and how many of them were reviewed."""

    dimension: str
    name: str
    rows: int
    reviewed: int

    @property
    def missed(self) -> int:
        return self.rows - self.reviewed

    @property
    def share(self) -> float:
        """Share of the rows that were reviewed."""
        return self.reviewed / self.rows


def segments(planted: GroundTruth, reviewed: np.ndarray, events: np.ndarray) -> list[Segment]:
    """Planted rows by kind of attack, by how long it had run, by how much was seen, by whether it was ever found.

    Args:
        reviewed: bool (rows,), who was looked at.
        events: (rows,), events of the entity in the last 30 days.
    """
    positive = planted.label.astype(bool)
    verdict = np.where(planted.found, "confirmed at some time", "never confirmed")
    dimensions = {"kind of attack": planted.variant, "begun": banded(planted.running, ATTACK_AGE_BANDS),
                  "seen": banded(events, ACTIVITY_BANDS), "verdict": verdict}
    return [part for dimension, values in dimensions.items()
            for part in _by_value(dimension, np.asarray(values, dtype=str)[positive], reviewed[positive])]


def banded(values: np.ndarray, bands: tuple) -> np.ndarray:
    """The name of the band of each value: the first whose limit lies above it; NaN counts as 0."""
    limits = [limit for limit, _ in bands if limit is not None]
    names = np.array([name for _, name in bands])
    return names[np.searchsorted(limits, np.nan_to_num(np.asarray(values, dtype=float)), side="right")]


def summary(found: list[Segment], capacity: int, days: int) -> str:
    """The causes of misses in a few sentences."""
    whole = [part for part in found if part.dimension == "verdict"]
    rows, reviewed = sum(p.rows for p in whole), sum(p.reviewed for p in whole)
    if not rows:
        return "Nothing planted touches these rows."
    room = min(rows, capacity * days)
    told = [f"{reviewed} of {rows} planted rows were reviewed; {capacity} a day over {days} days could have reviewed "
            f"{room}."]
    worst = _worst(found, reviewed / rows)
    if worst:
        told.append("Missed more than the rest: " + "; ".join(
            f"{p.name} ({p.dimension}): {p.missed} of {p.rows} missed" for p in worst) + ".")
    return " ".join(told)


def _worst(found: list[Segment], share: float) -> list[Segment]:
    """The parts that miss most above the average, at most one a dimension, the most rows lost first."""
    lost = {p: p.rows * share - p.reviewed for p in found if p.rows >= MIN_SEGMENT_ROWS}
    best: dict[str, Segment] = {}
    for part in sorted(lost, key=lambda p: (-lost[p], p.name)):
        if lost[part] >= 1:
            best.setdefault(part.dimension, part)
    return list(best.values())


def _by_value(dimension: str, values: np.ndarray, reviewed: np.ndarray) -> Iterator[Segment]:
    bands = {"begun": ATTACK_AGE_BANDS, "seen": ACTIVITY_BANDS}.get(dimension)
    for name in [name for _, name in bands if name in values] if bands else np.unique(values):
        inside = values == name
        yield Segment(dimension, str(name), int(inside.sum()), int(reviewed[inside].sum()))
