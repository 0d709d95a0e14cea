"""Decide whether this run's challenger becomes the champion.

Reads the test rows of the day and scores them with both. The alias `champion` moves when the
challenger passes its gate and wins on the same rows; the reason is kept as a tag either way. A champion
whose files are missing or broken loses the alias. Run again after a move, the champion is the challenger, and
nothing changes.
"""

import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from jobs import step
from jobs.errors import DamagedStore
from jobs.evaluate import challenger_of, score_rows
from jobs.evaluation import metrics, ranking
from jobs.evaluation.metrics import Scored
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.training import champions, models, registry, training_set
from jobs.training.models import Model, ReleaseCriteria, find_model


@dataclass(frozen=True)
class Decision:
    """Whether to move the alias, and why, in a sentence."""

    move: bool
    reason: str


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return models.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places, model = load_settings(), find_model(args.model)
    challenger = challenger_of(places, model, args.run_id)
    champion, damage = champions.loaded(places, model)
    if damage:
        step.say(f"warning, {damage}. Until then it is no champion: a challenger is held to its gate alone")
    if challenger is None:
        _demote_if(damage, places, model)
        kept = "so no champion" if damage else "the champion stays as it is"
        step.say(f"{model.name}, {args.ds}: no challenger, {kept}")
        return
    if champion is not None and champion.version == challenger.version:
        step.say(f"{model.name}: version {champion.version} is the champion already")
        return
    rows = training_set.read(Lake(places.lake, args.run_id), model, args.ds, "test")
    decision = decide(score_rows(challenger, rows), score_rows(champion, rows) if champion else None,
                      model.release, model.declared_risk.capacity, zlib.crc32(model.name.encode()))
    if damage:
        decision = Decision(decision.move, f"{decision.reason}; the champion before cannot be loaded")
    if decision.move:
        registry.promote(places, challenger)
    else:
        _demote_if(damage, places, model)
    registry.tag(places, challenger, {"vigil.promoted": str(decision.move).lower(),
                                      "vigil.promotion_reason": decision.reason})
    step.say(f"{model.name}: version {challenger.version} "
             f"{'is the new champion' if decision.move else 'stays challenger'}: {decision.reason}")


def _demote_if(damage: DamagedStore | None, places: Settings, model: Model) -> None:
    """Take the alias from a champion that cannot be loaded: it would end every night, and there is nothing better."""
    if damage:
        registry.demote(places, model)


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
    found = metrics.measure(scored, capacity)
    failed = []
    if found["positives"] < gate.positives:
        failed.append(f"{found['positives']:.0f} positives in the test, {gate.positives} needed")
    if not found["average_precision"] >= gate.lift * found["base_rate"]:
        failed.append(f"average precision {found['average_precision']:.3f} is below {gate.lift:g} times "
                      f"the base rate of {found['base_rate']:.4f}")
    if not found["calibration_error"] <= gate.calibration_error:
        failed.append(f"calibration error {found['calibration_error']:.3f} is above {gate.calibration_error}")
    return failed


if __name__ == "__main__":
    sys.exit(step.run(main))
