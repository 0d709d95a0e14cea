"""How much each group of features adds: every model trained with all of them, and again without some.

Reads the labelled rows and features of the day. Each training has the same rows, seed and parameters and is
measured on the same test rows. Writes MLflow runs, all under one parent run of the experiment `ablation`;
registers nothing. With --out it writes the section `ablation` of a Markdown page. Run again, it logs the same numbers
under a new parent.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.evaluation import metrics, scored_rows
from jobs.evaluation.metrics import Scored
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.studies import comparison, mlflow_runs
from jobs.studies.feature_groups import ALL, LINKS, PROFILES, TEXT, feature_group
from jobs.training import run_logging, seeds
from jobs.training.models import Model
from jobs.training.seeds import training_seed
from jobs.training.training_set import Rows

EXPERIMENT = "ablation"
WHOLE = "all features"
# What is left in.
VARIANTS = {WHOLE: ALL, "without links": (PROFILES, TEXT), "without text": (PROFILES, LINKS),
            "profiles alone": (PROFILES,)}


def parse(argv: Sequence[str] | None = None):
    """Arguments of the job."""
    return comparison.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    console.log("average precision on the test rows; what is lost without a group, with 95% intervals")
    rows: list[list[str]] = []
    with mlflow_runs.parent(config, EXPERIMENT, args):
        comparison.for_each_model(args.models, lambda model: rows.append(
            _ablate(model, comparison.labelled_parts(lake, model, args.ds), args)))
    if args.out:
        write_section(args.out, "ablation", format_table(("model", *VARIANTS), rows))


def variants(model: Model) -> dict[str, tuple[list[str], tuple[str, ...]]]:
    """The columns and texts of each variant; one that leaves in what another does, or nothing, is no variant."""
    groups = {column: feature_group(model.feature_set, column) for column in model.columns}
    found: dict[str, tuple[list[str], tuple[str, ...]]] = {}
    for name, kept in VARIANTS.items():
        own = [c for c in model.columns if groups[c] in kept], model.text if TEXT in kept else ()
        if own[0] and own not in found.values():
            found[name] = own
    return found


def _ablate(model: Model, rows: dict[str, Rows], args) -> list[str]:
    """Train, measure and log one model's variants; return the cells of its row."""
    cells = dict.fromkeys(VARIANTS, "")
    whole: Scored | None = None
    for variant, (columns, texts) in variants(model).items():
        own = {part: comparison.select_columns(found, columns, texts) for part, found in rows.items()}
        candidate = comparison.trained_candidate(model, own["train"], own["validation"], training_seed(model, args.ds))
        scored = scored_rows.score_rows(candidate, own["test"])
        whole = whole or scored
        _, found, lost = metrics.compare(whole.label, whole.score, scored.score, whole.entity,
                                         seeds.bootstrap_seed(model))
        with mlflow_runs.child(f"{model.name} {variant}", {"model": model.name, "variant": variant,
                                                           "columns": len(candidate.columns)}):
            run_logging.log_metrics(metrics.measure_scores(scored, model.declared_risk.capacity)
                                    | found.named("average_precision") | lost.named("lost_average_precision"))
        console.log(
            f"  {model.name:<28}{variant:<16}{len(candidate.columns):>4} columns   {comparison.format_estimate(found)}"
            + (f"   lost {comparison.format_estimate(lost, sign=True)}" if variant != WHOLE else "")
        )
        cells[variant] = f"{found.value:.3f}" if variant == WHOLE else comparison.format_estimate(lost, sign=True)
    return [model.name, *cells.values()]


if __name__ == "__main__":
    sys.exit(step.run(main))
