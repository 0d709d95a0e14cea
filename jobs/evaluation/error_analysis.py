"""Error analysis: segments of ground-truth rows that a model misses at capacity."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jobs.evaluation.ground_truth import GroundTruth

# The share of a segment with fewer ground-truth rows means nothing.
MIN_SEGMENT_ROWS = 5
ATTACK_AGE_BANDS = ((0, "begins later that week"), (7, "began in the week before"),
                    (21, "began one to three weeks before"), (None, "began more than three weeks before"))
ACTIVITY_BANDS = ((1, "no event in 30 days"), (5, "1 to 4 events in 30 days"), (20, "5 to 19 events in 30 days"),
                  (None, "20 events in 30 days and more"))


@dataclass(frozen=True)
class Segment:
    """Ground-truth rows with one value of a dimension: their number, and the number of reviewed ones."""

    dimension: str
    name: str
    rows: int
    reviewed: int

    @property
    def missed(self) -> int:
        return self.rows - self.reviewed

    @property
    def share(self) -> float:
        """Return the share of reviewed rows."""
        return self.reviewed / self.rows


def segments(ground_truth: GroundTruth, reviewed: np.ndarray, events: np.ndarray) -> list[Segment]:
    """Divide ground-truth rows by kind of attack, by its age, by the entity's activity, and by its verdict.

    Args:
        reviewed: bool (rows,), whether the row was reviewed at capacity.
        events: (rows,), events of the entity in the last 30 days.
    """
    positive = ground_truth.label.astype(bool)
    verdict = np.where(ground_truth.confirmed, "confirmed at some time", "never confirmed")
    dimensions = {"kind of attack": ground_truth.variant, "begun": banded(ground_truth.running, ATTACK_AGE_BANDS),
                  "seen": banded(events, ACTIVITY_BANDS), "verdict": verdict}
    return [segment for dimension, values in dimensions.items()
            for segment in _by_value(dimension, np.asarray(values, dtype=str)[positive], reviewed[positive])]


def banded(values: np.ndarray, bands: tuple) -> np.ndarray:
    """Return the name of each value's band, the first band with a limit above the value; NaN counts as 0."""
    limits = [limit for limit, _ in bands if limit is not None]
    names = np.array([name for _, name in bands])
    return names[np.searchsorted(limits, np.nan_to_num(np.asarray(values, dtype=float)), side="right")]


def summary(all_segments: list[Segment], capacity: int, days: int) -> str:
    """Summarise the causes of misses in a few sentences."""
    by_verdict = [segment for segment in all_segments if segment.dimension == "verdict"]
    rows, reviewed = sum(s.rows for s in by_verdict), sum(s.reviewed for s in by_verdict)
    if not rows:
        return "Nothing planted touches these rows."
    reviewable = min(rows, capacity * days)
    sentences = [f"{reviewed} of {rows} planted rows were reviewed; {capacity} a day over {days} days could have "
                 f"reviewed {reviewable}."]
    worst = _worst(all_segments, reviewed / rows)
    if worst:
        sentences.append("Missed more than the rest: " + "; ".join(
            f"{s.name} ({s.dimension}): {s.missed} of {s.rows} missed" for s in worst) + ".")
    return " ".join(sentences)


def _worst(all_segments: list[Segment], share: float) -> list[Segment]:
    """Return the segments with most misses above the average, at most one a dimension, the most rows lost first."""
    lost = {s: s.rows * share - s.reviewed for s in all_segments if s.rows >= MIN_SEGMENT_ROWS}
    worst: dict[str, Segment] = {}
    for segment in sorted(lost, key=lambda s: (-lost[s], s.name)):
        if lost[segment] >= 1:
            worst.setdefault(segment.dimension, segment)
    return list(worst.values())


def _by_value(dimension: str, values: np.ndarray, reviewed: np.ndarray) -> Iterator[Segment]:
    bands = {"begun": ATTACK_AGE_BANDS, "seen": ACTIVITY_BANDS}.get(dimension)
    for name in [name for _, name in bands if name in values] if bands else np.unique(values):
        inside = values == name
        yield Segment(dimension, str(name), int(inside.sum()), int(reviewed[inside].sum()))
