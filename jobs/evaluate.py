"""Measure this run's challenger on the test weeks, and compare it with its baseline rule.

Reads the labelled rows of the day. Writes metrics with intervals, slices, the rule and plots to the challenger's MLflow
run. Run again, it logs the same numbers again.
"""

import sys
from collections.abc import Sequence

import numpy as np

from jobs import step
from jobs.evaluation import baseline, metrics, slices
from jobs.evaluation.baseline import Lift, SingleFeatureRule
from jobs.evaluation.metrics import Scored
from jobs.evaluation.scored_rows import challenger_of, rule_of, score_rows
from jobs.reporting import plots
from jobs.runtime import console
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.training import champions, model_arguments, registry, run_logging, training_set
from jobs.training.models import Model, find_model
from jobs.training.registry import ModelVersion
from jobs.training.seeds import bootstrap_seed
from jobs.training.training_set import Rows

HEADLINES = ("average_precision", "roc_auc", "precision_at_capacity", "recall_at_capacity",
             "loss_caught_at_capacity", "brier", "calibration_error")


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return model_arguments.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config, model = load_settings(), find_model(args.model)
    challenger = challenger_of(config, model, args.run_id)
    if challenger is None:
        console.log(f"{model.name}, {args.ds}: no challenger to evaluate")
        return
    lake = Lake(config.lake, args.run_id)
    rows = training_set.read_rows(lake, model, args.ds, "test")
    scored = score_rows(challenger, rows)
    rule = rule_of(config, challenger)
    gained = baseline.lift(scored.label, scored.score, rule.apply(rows.features), scored.entity, bootstrap_seed(model))
    champion, _ = champions.loaded(config, model)  # `promote` reports a damaged champion
    _log(config, model, challenger, rows, scored, (rule, gained),
         score_rows(champion, rows) if champion else None)


def _log(config: Settings, model: Model, challenger: ModelVersion, rows: Rows, scored: Scored,
         comparison: tuple[SingleFeatureRule, Lift], champion: Scored | None) -> None:
    capacity, (rule, gained) = model.declared_risk.capacity, comparison
    values = metrics.measure_scores(scored, capacity)
    ranges = metrics.intervals(scored, capacity, bootstrap_seed(model))
    logged = {**values, **slices.by_slice(scored, rows.slices), **gained.metrics}
    for name, (low, high) in ranges.items():
        logged |= {f"{name}_low": low, f"{name}_high": high}
    with registry.resume_run(config, challenger.run_id):
        run_logging.log_metrics(logged)
        run_logging.log_params({"capacity": capacity, "test_from": str(rows.as_of.min()),
                                "test_to": str(rows.as_of.max())})
        run_logging.log_figures(_figures(model, challenger, scored, champion, capacity))
    _log_result(model, values, ranges)
    console.log(f"  {'lift over the best rule':<26}{gained.difference.value:+7.3f}   95% interval "
                f"{gained.difference.low:+.3f} to {gained.difference.high:+.3f}; rule: {rule.direction} {rule.column}")


def _figures(model: Model, challenger: ModelVersion, scored: Scored, champion: Scored | None, capacity: int):
    gains = challenger.booster.get_score(importance_type="total_gain")
    title = f"{model.name}, version {challenger.version}"
    return {
        "precision_recall": plots.precision_recall(scored, capacity, title, champion),
        "calibration": plots.calibration_curve(scored, title),
        "gain": plots.gain(scored, capacity, title),
        "importance": plots.importance(list(challenger.columns),
                                       np.array([gains.get(c, 0.0) for c in challenger.columns]), title),
    }


def _log_result(model: Model, values: dict[str, float], ranges: dict[str, tuple[float, float]]) -> None:
    console.log(f"{model.name}: {values['rows']:.0f} test rows, {values['positives']:.0f} positive")
    for name in HEADLINES:
        low, high = ranges[name]
        console.log(f"  {name:<26}{values[name]:7.3f}   95% interval {low:.3f} to {high:.3f}")


if __name__ == "__main__":
    sys.exit(step.run(main))
