"""The decision whether a challenger becomes the champion."""

from dataclasses import dataclass

from jobs.evaluation import metrics, ranking
from jobs.evaluation.metrics import Scored
from jobs.training.models import ReleaseCriteria


@dataclass(frozen=True)
class Decision:
    """Whether to move the alias `champion`, and the reason in a sentence."""

    move: bool
    reason: str


def decide(challenger: Scored, champion: Scored | None, criteria: ReleaseCriteria, capacity: int,
           seed: int) -> Decision:
    """Compare two models on the same rows.

    The challenger must meet its release criteria first. It wins by a higher average precision. The interval of the
    difference is only reported: with few positives it would never allow a promotion.
    """
    failed = gate_failures(challenger, criteria, capacity)
    if failed:
        return Decision(False, "; ".join(failed))
    precision = ranking.average_precision(challenger.label, challenger.score)
    if champion is None:
        return Decision(True, f"first version to meet its release criteria, average precision {precision:.3f}")
    gained = metrics.compare(challenger.label, challenger.score, champion.score, challenger.entity, seed)[2]
    reason = (f"average precision {precision:.3f} against the champion's {precision - gained.value:.3f} on the same "
              f"{len(challenger.label):,} rows (difference {gained.value:+.3f}, 95% interval {gained.low:+.3f} to "
              f"{gained.high:+.3f})")
    return Decision(gained.value > 0, reason)


def gate_failures(scored: Scored, criteria: ReleaseCriteria, capacity: int) -> list[str]:
    """Return the release criteria that a model misses, one clause each; empty if it meets all of them."""
    values = metrics.measure_scores(scored, capacity)
    failed = []
    if values["positives"] < criteria.positives:
        failed.append(f"{values['positives']:.0f} positives in the test, {criteria.positives} needed")
    if not values["average_precision"] >= criteria.lift * values["base_rate"]:
        failed.append(f"average precision {values['average_precision']:.3f} is below {criteria.lift:g} times "
                      f"the base rate of {values['base_rate']:.4f}")
    if not values["calibration_error"] <= criteria.calibration_error:
        failed.append(f"calibration error {values['calibration_error']:.3f} is above {criteria.calibration_error}")
    return failed
