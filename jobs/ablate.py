"""How much each group of features adds: every model trained with all of them, and again without some.

Reads the labelled rows and features of the day. Each training has the same rows, seed and parameters and is
measured on the same test rows. Writes MLflow runs, all under one parent run of the experiment `ablation`;
registers nothing. With --out it writes the section `ablation` of a Markdown page. Run again, it logs the same numbers
under a new parent.
"""

import sys
from collections.abc import Sequence

from jobs import evaluate, experiments, metrics, step, trials
from jobs.groups import ALL, LINKS, PROFILES, TEXT, group
from jobs.lake import Lake
from jobs.metrics import Scored
from jobs.models import Model
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.settings import settings
from jobs.train import seed
from jobs.training_set import Rows

EXPERIMENT = "ablation"
WHOLE = "all features"
# What is left in.
VARIANTS = {WHOLE: ALL, "without links": (PROFILES, TEXT), "without text": (PROFILES, LINKS),
            "profiles alone": (PROFILES,)}


def parse(argv: Sequence[str] | None = None):
    """Arguments of the job."""
    return trials.parse(__doc__, argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    lake = Lake(places.lake, args.run_id)
    step.say("average precision on the test rows; what is lost without a group, with 95% intervals")
    rows: list[list[str]] = []
    with experiments.parent(places, EXPERIMENT, args):
        trials.each(args.models, lambda model: rows.append(_ablate(model, trials.parts(lake, model, args.ds), args)))
    if args.out:
        write_section(args.out, "ablation", format_table(("model", *VARIANTS), rows))


def variants(model: Model) -> dict[str, tuple[list[str], tuple[str, ...]]]:
    """The columns and texts of each variant; one that leaves in what another does, or nothing, is no variant."""
    groups = {column: group(model.feature_set, column) for column in model.columns}
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
        own = {part: trials.seeing(found, columns, texts) for part, found in rows.items()}
        candidate = trials.candidate(model, own["train"], own["validation"], seed(model, args.ds))
        scored = evaluate.score_rows(candidate, own["test"])
        whole = whole or scored
        _, found, lost = metrics.compare(whole.label, whole.score, scored.score, whole.entity, evaluate.seed(model))
        with experiments.child(f"{model.name} {variant}", {"model": model.name, "variant": variant,
                                                           "columns": len(candidate.columns)}):
            experiments.log(metrics.measure(scored, model.declared_risk.capacity)
                            | found.named("average_precision") | lost.named("lost_average_precision"))
        step.say(f"  {model.name:<28}{variant:<16}{len(candidate.columns):>4} columns   {trials.told(found)}"
                 + (f"   lost {trials.told(lost, sign=True)}" if variant != WHOLE else ""))
        cells[variant] = f"{found.value:.3f}" if variant == WHOLE else trials.told(lost, sign=True)
    return [model.name, *cells.values()]


if __name__ == "__main__":
    sys.exit(step.run(main))
