"""A model for a region with few verdicts: continued from the other regions', against one trained there alone.

Reads the labelled rows of one model and day. Trains four: on the region alone, on the other regions alone, on all
of them together, and on the others first and then on for more trees on the region's rows; all are measured on the
region's test rows. Writes MLflow runs under one parent run of `<model>/transfer`; registers nothing. With --out it
writes the section of the model and region in a Markdown page.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import evaluate, experiments, metrics, models, step, trials
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.metrics import Scored
from jobs.models import Model, find_model
from jobs.registry import Candidate
from jobs.reporting.markdown_sections import format_table, write_section
from jobs.settings import settings
from jobs.train import seed
from jobs.training_set import Rows

# With fewer positives in a region's test, one incident more or less moves the result more than the method does.
LEAST_POSITIVES = 10


def parse(argv: Sequence[str] | None = None):
    """Arguments of the job."""
    parser = step.parser(__doc__)
    parser.add_argument("--model", choices=[m.name for m in models.MODELS], required=True, help="which model")
    parser.add_argument("--region", required=True, help="the region with few verdicts")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the section of the model and region there")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places, model = settings(), find_model(args.model)
    rows = trials.parts(Lake(places.lake, args.run_id), model, args.ds)
    here, elsewhere = ({part: of_region(own, args.region, inside) for part, own in rows.items()}
                       for inside in (True, False))
    _refuse_without_both(model, args, here)
    trained = candidates(model, rows, here, elsewhere, seed(model, args.ds))
    scored = {name: evaluate.score_rows(c, here["test"]) for name, c in trained.items()}
    rows: list[list[str]] = []
    with experiments.parent(places, f"{model.name}/transfer", args):
        _tell_counts(args.region, here)
        for name, own in scored.items():
            with experiments.child(name, {"region": args.region, "trees": trained[name].booster.num_boosted_rounds()}):
                rows.append(_compare(model, name, own, scored["continued"]))
    if args.out:
        section = re.sub(r"[^a-z0-9]+", "-", f"transfer-{model.name}-{args.region}".lower()).strip("-")
        counts = ", ".join(f"{own.positives} positives in {part}" for part, own in here.items())
        heads = ("trained on", "average precision", "the continued model is ahead by")
        write_section(args.out, section, f"`{model.name}` in `{args.region}`: {counts}.\n\n"
                      + format_table(heads, rows))


def of_region(rows: Rows, region: str, inside: bool) -> Rows:
    """The rows of the region, or those of all others."""
    return trials.only(rows, (rows.slices["region"] == region) == inside)


def candidates(model: Model, everywhere: dict[str, Rows], here: dict[str, Rows], elsewhere: dict[str, Rows],
               seed: int) -> dict[str, Candidate]:
    """The four models by name; each stops on the validation rows of where it was trained last."""
    def trained(own: dict[str, Rows], after: Candidate | None = None) -> Candidate:
        return trials.candidate(model, own["train"], own["validation"], seed, after)

    others = trained(elsewhere)
    return {"alone": trained(here), "others": others, "pooled": trained(everywhere),
            "continued": trained(here, others)}


def _refuse_without_both(model: Model, args, here: dict[str, Rows]) -> None:
    for part, own in here.items():
        if not own.positives:
            raise Refused(f"{model.entity}_labels, {args.ds}: no confirmed incident of {model.risk} in {args.region} "
                          f"in {part} ({len(own):,} rows). Expected at least one in each part; choose another --region")


def _tell_counts(region: str, here: dict[str, Rows]) -> None:
    step.say(f"{region}: " + ", ".join(f"{own.positives} of {len(own):,} rows positive in {part}"
                                       for part, own in here.items()))
    if here["test"].positives < LEAST_POSITIVES:
        step.say(f"{here['test'].positives} positives in the test are too few for an interval: read nothing into "
                 f"the differences ({LEAST_POSITIVES} needed)")


def _compare(model: Model, name: str, own: Scored, continued: Scored) -> list[str]:
    """Log one model on the region's test rows, and the continued one's lead; return the cells of its row."""
    _, found, ahead = metrics.compare(own.label, continued.score, own.score, own.entity, evaluate.seed(model))
    enough = own.label.sum() >= LEAST_POSITIVES
    intervals = found.named("average_precision") | ahead.named("continued_ahead") if enough else {}
    experiments.log(metrics.measure(own, model.declared_risk.capacity) | intervals)
    shown = trials.told(found) if enough else f"{found.value:.3f}"
    lead = trials.told(ahead, sign=True) if enough and name != "continued" else ""
    step.say(f"  {name:<12}{shown}" + (f"   continued is ahead by {lead}" if lead else ""))
    return [name, shown, lead]


if __name__ == "__main__":
    sys.exit(step.run(main))
