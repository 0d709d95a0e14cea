"""The decision whether a challenger becomes the champion."""

from dataclasses import dataclass

from jobs.evaluation import metrics, ranking
from jobs.evaluation.metrics import Scored
from jobs.training.models import ReleaseCriteria


@dataclass(frozen=True)
class Decision:
    """Whether to move the alias, and why, in a sentence."""

    move: bool
    reason: str


def decide(challenger: Scored, champion: Scored | None, gate: ReleaseCriteria, capacity: int, seed: int) -> Decision:
    """Compare two models on the same rows.

    The challenger must pass its gate first. It wins by a higher average precision; the interval of
    the difference is told, and does not decide: with few positives nothing would ever move.
    """
    failed = gate_failures(challenger, gate, capacity)
    if failed:
        return Decision(False, "; ".join(failed))
    own = ranking.average_precision(challenger.label, challenger.score)
    if champion is None:
        return Decision(True, f"first version to pass its gate, average precision {own:.3f}")
    gained = metrics.compare(challenger.label, challenger.score, champion.score, challenger.entity, seed)[2]
    told = (f"average precision {own:.3f} against the champion's {own - gained.value:.3f} on the same "
            f"{len(challenger.label):,} rows (difference {gained.value:+.3f}, 95% interval {gained.low:+.3f} to "
            f"{gained.high:+.3f})")
    return Decision(gained.value > 0, told)


def gate_failures(scored: Scored, gate: ReleaseCriteria, capacity: int) -> list[str]:
    """What keeps a model from being released, each as a clause; empty when nothing does."""
    found = metrics.measure_scores(scored, capacity)
    failed = []
    if found["positives"] < gate.positives:
        failed.append(f"{found['positives']:.0f} positives in the test, {gate.positives} needed")
    if not found["average_precision"] >= gate.lift * found["base_rate"]:
        failed.append(f"average precision {found['average_precision']:.3f} is below {gate.lift:g} times "
                      f"the base rate of {found['base_rate']:.4f}")
    if not found["calibration_error"] <= gate.calibration_error:
        failed.append(f"calibration error {found['calibration_error']:.3f} is above {gate.calibration_error}")
    return failed
