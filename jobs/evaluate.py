"""Measure this run's challenger on the test weeks, and compare it with its baseline rule.

Reads the labelled rows of the day. Writes to the challenger's MLflow run: metrics with intervals, differences from the
champion on the same rows, slices, test predictions, the rule and plots. Run again, it logs the same numbers again.
"""

import dataclasses
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from jobs import step
from jobs.evaluation import baseline, metrics, predictions, slices
from jobs.evaluation.baseline import Lift, SingleFeatureRule
from jobs.evaluation.metric_text import COMPARED, VS_CHAMPION
from jobs.evaluation.metrics import Estimate, Scored
from jobs.evaluation.scored_rows import challenger_of, rule_of, score_rows
from jobs.evaluation.slices import SliceMetrics
from jobs.reporting import plots
from jobs.runtime import console
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.training import champions, dataset_inputs, model_arguments, registry, run_logging, run_records, training_set
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model, find_model
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
    _log(config, lake, challenger, rows, scored, (rule, gained),
         score_rows(champion, rows) if champion else None)


def _log(config: Settings, lake: Lake, challenger: ModelVersion, rows: Rows, scored: Scored,
         comparison: tuple[SingleFeatureRule, Lift], champion: Scored | None) -> None:
    model, (rule, gained) = challenger.model, comparison
    capacity = model.declared_risk.capacity
    estimates = metrics.estimates(scored, capacity, bootstrap_seed(model))
    by_slice = slices.by_slice(scored, rows.slices, capacity)
    with registry.resume_run(config, challenger.run_id):
        dataset_inputs.log_inputs(lake, model, {"test": rows})
        run_logging.log_metrics({"rows": len(rows), "positives": rows.positives, **_named(estimates), **gained.metrics,
                                 **_differences(scored, champion, capacity, bootstrap_seed(model))})
        run_logging.log_params({"capacity": capacity, "test_from": str(rows.as_of.min()),
                                "test_to": str(rows.as_of.max())})
        run_logging.log_figures(_figures(model, challenger, scored, champion, capacity)
                                | {"slices": plots.slices(by_slice, capacity, _title(model, challenger))})
        run_logging.log_table([f.name for f in dataclasses.fields(SliceMetrics)],
                              [dataclasses.astuple(part) for part in by_slice], run_records.SLICES_FILE)
        run_logging.log_rows(predictions.table(rows, scored), run_records.PREDICTIONS_FILE)
    _log_result(model, rows, estimates)
    console.log(f"{measurement('lift over the best rule', gained.difference, '+')}; rule: {rule.direction} "
                f"{rule.column}")


def _named(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    return {key: value for name, estimate in estimates.items() for key, value in estimate.named(name).items()}


def _differences(scored: Scored, champion: Scored | None, capacity: int, seed: int) -> dict[str, float]:
    if champion is None:
        return {}
    found = metrics.paired_differences(scored, champion, capacity, seed)
    return _named({f"{name}{VS_CHAMPION}": found[name] for name in COMPARED})


def _figures(model: Model, challenger: ModelVersion, scored: Scored, champion: Scored | None, capacity: int):
    gains = challenger.booster.get_score(importance_type="total_gain")
    title = _title(model, challenger)
    return {
        "precision_recall": plots.precision_recall(scored, capacity, title, champion),
        "calibration": plots.calibration_curve(scored, title),
        "gain": plots.gain(scored, capacity, title),
        "importance": plots.importance(list(challenger.columns),
                                       np.array([gains.get(c, 0.0) for c in challenger.columns]), title),
    }


def _title(model: Model, challenger: ModelVersion) -> str:
    return f"{model.name}, version {challenger.version}"


def _log_result(model: Model, rows: Rows, estimates: Mapping[str, Estimate]) -> None:
    console.log(f"{model.name}: {len(rows)} test rows, {rows.positives} positive")
    for name in HEADLINES:
        console.log(measurement(name, estimates[name]))


def measurement(name: str, estimate: Estimate, sign: str = "") -> str:
    """Return a measure with its interval as a log line. NaN is a measure that the rows do not define."""
    if np.isnan(estimate.value):
        return f"  {name:<26}{'-':>7}   not defined on these rows"
    has_interval = estimate.low <= estimate.high
    interval = f"95% interval {estimate.low:{sign}.3f} to {estimate.high:{sign}.3f}" if has_interval else "no interval"
    return f"  {name:<26}{estimate.value:{sign}7.3f}   {interval}"


if __name__ == "__main__":
    sys.exit(step.run(main))
