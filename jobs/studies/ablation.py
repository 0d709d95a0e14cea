"""Measure how much each group of features adds: train every model with all groups, and again without some.

Reads the labelled rows and features of the day. All trainings of a model have the same rows, seed, parameters and test
rows. Writes MLflow runs with test predictions under one parent run of the experiment `ablation`; registers nothing.
With --out it writes the section `ablation` of a Markdown page. Run again, it logs the same numbers under a new parent.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.evaluation import metrics, predictions, scored_rows
from jobs.evaluation.metrics import Scored
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.studies import comparison, mlflow_runs
from jobs.studies.feature_groups import ALL, LINKS, PROFILES, TEXT, feature_group
from jobs.training import run_logging, run_records, seeds
from jobs.training.models import Model
from jobs.training.seeds import training_seed
from jobs.training.training_set import Rows

EXPERIMENT = "ablation"
WHOLE = "all features"
# Feature groups of each variant.
VARIANTS = {WHOLE: ALL, "without links": (PROFILES, TEXT), "without text": (PROFILES, LINKS),
            "profiles alone": (PROFILES,)}


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    return comparison.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    console.log("average precision on the test rows; the loss without a group, with 95% intervals")
    rows: list[list[str]] = []
    with mlflow_runs.parent(config, EXPERIMENT, args, __doc__):
        comparison.for_each_model(args.models, lambda model: rows.append(
            _ablate(model, comparison.labelled_parts(lake, model, args.ds), args)))
    if args.out:
        write_section(args.out, "ablation", format_table(("model", *VARIANTS), rows))


def variants(model: Model) -> dict[str, tuple[list[str], tuple[str, ...]]]:
    """Return the columns and texts of each variant. A variant without columns, or equal to another, is left out."""
    groups = {column: feature_group(model.feature_set, column) for column in model.columns}
    inputs: dict[str, tuple[list[str], tuple[str, ...]]] = {}
    for name, included in VARIANTS.items():
        variant = [c for c in model.columns if groups[c] in included], model.text if TEXT in included else ()
        if variant[0] and variant not in inputs.values():
            inputs[name] = variant
    return inputs


def _ablate(model: Model, rows: dict[str, Rows], args) -> list[str]:
    """Train, measure and log one model's variants; return the cells of its row."""
    cells = dict.fromkeys(VARIANTS, "")
    full: Scored | None = None
    for variant, (columns, texts) in variants(model).items():
        selected = {part: comparison.select_columns(of_part, columns, texts) for part, of_part in rows.items()}
        model_version = comparison.trained_candidate(model, selected["train"], selected["validation"],
                                                     training_seed(model, args.ds))
        scored = scored_rows.score_rows(model_version, selected["test"])
        full = full or scored
        _, precision, lost = metrics.compare(full.label, full.score, scored.score, full.entity,
                                             seeds.bootstrap_seed(model))
        with mlflow_runs.child(f"{model.name} {variant}", {"model": model.name, "variant": variant,
                                                           "columns": len(model_version.columns)}):
            run_logging.log_metrics(metrics.measure_scores(scored, model.declared_risk.capacity)
                                    | precision.named("average_precision") | lost.named("lost_average_precision"))
            run_logging.log_json({"columns": list(model_version.columns)}, run_records.COLUMNS_FILE)
            run_logging.log_rows(predictions.table(rows["test"], scored), run_records.PREDICTIONS_FILE)
        console.log(f"  {model.name:<28}{variant:<16}{len(model_version.columns):>4} columns   "
                    f"{comparison.format_estimate(precision)}"
                    + (f"   lost {comparison.format_estimate(lost, sign=True)}" if variant != WHOLE else ""))
        cells[variant] = f"{precision.value:.3f}" if variant == WHOLE else comparison.format_estimate(lost, sign=True)
    return [model.name, *cells.values()]


if __name__ == "__main__":
    sys.exit(step.run(main))
