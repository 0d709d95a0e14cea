"""Compare a warm start from other regions' rows with a training on one region, for a region with few verdicts.

Reads the labelled rows of one model and day. Trains four model versions: on the region alone, on the other regions
alone, on all regions, and on the other regions with a continuation (a warm start) on the region. All are measured on
the region's test rows. Writes MLflow runs under one parent run of `<model>/transfer`; registers nothing. With --out it
writes the section of the model and region in a Markdown page. Run again, it logs the same numbers under a new parent.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import step
from jobs.errors import UserError
from jobs.evaluation import metrics, scored_rows
from jobs.evaluation.metrics import Scored
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.runtime import arguments, console
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from jobs.studies import comparison, mlflow_runs
from jobs.training import models, run_logging, seeds
from jobs.training.model_version import ModelVersion
from jobs.training.models import Model, find_model
from jobs.training.seeds import training_seed
from jobs.training.training_set import Rows

# With fewer positives in a region's test rows, one incident changes the result more than the method does.
LEAST_POSITIVES = 10


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    parser = arguments.parser(__doc__)
    parser.add_argument("--model", choices=[m.name for m in models.MODELS], required=True, help="which model")
    parser.add_argument("--region", required=True, help="the region with few verdicts")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section of the model and region there")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config, model = load_settings(), find_model(args.model)
    rows = comparison.labelled_parts(Lake(config.lake, args.run_id), model, args.ds)
    here, elsewhere = ({part: of_region(of_part, args.region, inside) for part, of_part in rows.items()}
                       for inside in (True, False))
    _require_positives(model, args, here)
    trained = candidates(model, rows, here, elsewhere, training_seed(model, args.ds))
    scored = {name: scored_rows.score_rows(c, here["test"]) for name, c in trained.items()}
    rows: list[list[str]] = []
    with mlflow_runs.parent(config, f"{model.name}/transfer", args, __doc__):
        _log_counts(args.region, here)
        for name, by_model in scored.items():
            with mlflow_runs.child(name, {"region": args.region, "trees": trained[name].booster.num_boosted_rounds()}):
                rows.append(_compare(model, name, by_model, scored["continued"]))
    if args.out:
        section = re.sub(r"[^a-z0-9]+", "-", f"transfer-{model.name}-{args.region}".lower()).strip("-")
        counts = ", ".join(f"{of_part.positives} positives in {part}" for part, of_part in here.items())
        heads = ("trained on", "average precision", "the continued model is ahead by")
        write_section(args.out, section, f"`{model.name}` in `{args.region}`: {counts}.\n\n"
                      + format_table(heads, rows))


def of_region(rows: Rows, region: str, inside: bool) -> Rows:
    """Return the rows of the region, or of all other regions."""
    return comparison.filter_rows(rows, (rows.slices["region"] == region) == inside)


def candidates(model: Model, everywhere: dict[str, Rows], here: dict[str, Rows], elsewhere: dict[str, Rows],
               seed: int) -> dict[str, ModelVersion]:
    """Train the four model versions, by name; each stops on the validation rows of its last training."""
    def trained(parts: dict[str, Rows], warm_start: ModelVersion | None = None) -> ModelVersion:
        return comparison.trained_candidate(model, parts["train"], parts["validation"], seed, warm_start)

    others = trained(elsewhere)
    return {"alone": trained(here), "others": others, "pooled": trained(everywhere),
            "continued": trained(here, others)}


def _require_positives(model: Model, args, here: dict[str, Rows]) -> None:
    for part, rows in here.items():
        if not rows.positives:
            raise UserError(f"{catalog.labels(model.entity)}, {args.ds}: no confirmed incident of {model.risk} in "
                            f"{args.region} in {part} ({len(rows):,} rows). Expected at least one in each part; "
                            "choose another --region")


def _log_counts(region: str, here: dict[str, Rows]) -> None:
    console.log(f"{region}: " + ", ".join(f"{rows.positives} of {len(rows):,} rows positive in {part}"
                                          for part, rows in here.items()))
    if here["test"].positives < LEAST_POSITIVES:
        console.log(f"{here['test'].positives} positives in the test are too few for an interval: the differences "
                    f"mean nothing ({LEAST_POSITIVES} needed)")


def _compare(model: Model, name: str, scored: Scored, continued: Scored) -> list[str]:
    """Log one model on the region's test rows, and the continued one's lead; return the cells of its row."""
    _, precision, ahead = metrics.compare(scored.label, continued.score, scored.score, scored.entity,
                                          seeds.bootstrap_seed(model))
    enough = scored.label.sum() >= LEAST_POSITIVES
    intervals = precision.named("average_precision") | ahead.named("continued_ahead") if enough else {}
    run_logging.log_metrics(metrics.measure_scores(scored, model.declared_risk.capacity) | intervals)
    shown = comparison.format_estimate(precision) if enough else f"{precision.value:.3f}"
    lead = comparison.format_estimate(ahead, sign=True) if enough and name != "continued" else ""
    console.log(f"  {name:<12}{shown}" + (f"   continued is ahead by {lead}" if lead else ""))
    return [name, shown, lead]


if __name__ == "__main__":
    sys.exit(step.run(main))
