"""Decide whether this run's challenger becomes the champion.

Reads the test rows of the day and scores them with both. Writes to the registry: the alias `champion` moves if the
challenger meets its release criteria and wins on the same rows. Tags and descriptions record the reason. A champion
with missing or broken files loses the alias. Run again after a move, it changes nothing, because the challenger is the
champion.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.errors import DamagedStore
from jobs.evaluation import slices
from jobs.evaluation.promotion import Decision, decide
from jobs.evaluation.scored_rows import challenger_of, score_rows
from jobs.reporting import model_card, run_description
from jobs.runtime import console
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.training import champions, model_arguments, registry, run_records, training_set
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model, find_model
from jobs.training.seeds import bootstrap_seed


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return model_arguments.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config, model = load_settings(), find_model(args.model)
    challenger = challenger_of(config, model, args.run_id)
    champion, damage = champions.loaded(config, model)
    if damage:
        console.log(f"warning, {damage}. Until then it is no champion: a challenger must only meet its release "
                    "criteria")
    if challenger is None:
        _demote_if(damage, config, model)
        outcome = "so no champion" if damage else "the champion stays as it is"
        console.log(f"{model.name}, {args.ds}: no challenger, {outcome}")
        return
    if champion is not None and champion.version == challenger.version:
        console.log(f"{model.name}: version {champion.version} is the champion already")
        return
    rows = training_set.read_rows(Lake(config.lake, args.run_id), model, args.ds, "test")
    decision = decide(score_rows(challenger, rows), score_rows(champion, rows) if champion else None,
                      model.release, model.declared_risk.capacity, bootstrap_seed(model))
    if damage:
        decision = Decision(decision.move, f"{decision.reason}; the champion before cannot be loaded")
    if decision.move:
        registry.promote(config, challenger)
    else:
        _demote_if(damage, config, model)
    _describe(config, challenger, champion, decision)
    registry.tag(config, challenger, {"vigil.promoted": str(decision.move).lower(),
                                      "vigil.promotion_reason": decision.reason})
    console.log(f"{model.name}: version {challenger.version} "
                f"{'is the new champion' if decision.move else 'stays challenger'}: {decision.reason}")


def _describe(config: Settings, challenger: ModelVersion, champion: ModelVersion | None, decision: Decision) -> None:
    """Write the descriptions that MLflow shows of the run, of the version and of the registered model."""
    model, run = challenger.model, run_records.read_run(config, challenger.run_id)
    outcome = f"{'promoted' if decision.move else 'not promoted'}, because: {decision.reason}."
    before = run_records.find_run(config, champion.run_id) if champion else None  # None: deleted in MLflow
    run_records.describe_run(config, run.run_id, run_description.run_name(run, challenger.version, decision.move),
                             run_description.describe(
                                 run, before, (challenger.version, champion.version if champion else None), outcome))
    registry.describe(config, challenger, model_card.version_card(
        model, run, slices.from_table(run_records.read_table(config, challenger.run_id, run_records.SLICES_FILE)),
        f"Version {challenger.version} was {outcome}"))
    registry.describe_model(config, model, model_card.model_text(
        model, registry.resolve(config, model, registry.CHAMPION), run.tags["vigil.ds"]))


def _demote_if(damage: DamagedStore | None, config: Settings, model: Model) -> None:
    """Remove the alias from a champion that cannot be loaded: every night would fail otherwise."""
    if damage:
        registry.demote(config, model)


if __name__ == "__main__":
    sys.exit(step.run(main))
