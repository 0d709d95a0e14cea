"""A table of every risk: how well its model ranks the untouched last weeks, beside a rule of one feature.

Reads verdicts, labels and features of the day and the models in MLflow; of a simulated marketplace also the planted
truth, which no job that trains or scores reads. Prints three tables, and with --out writes them into the section
`report` of a Markdown page, with the picture risks.png beside. Changes nothing else.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import report_tables, step, truth
from jobs.errors import Refused
from jobs.lake import Lake
from jobs.models import MODELS
from jobs.reporting.markdown_sections import write_section
from jobs.results import Result, result
from jobs.settings import Settings, settings


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = step.parser(__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE.md",
                        help="write the section `report` of this page, and risks.png beside it")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = settings()
    planted = truth.read(places.home)
    found, missing = results(places, args.ds, planted)
    if not found:
        raise Refused("\n".join(missing))
    print(report_tables.terminal(found, missing, args.ds, planted is not None))
    if args.out:
        _write(args.out, found, missing, args.ds, planted is not None)


def results(places: Settings, ds: dt.date, planted) -> tuple[list[Result], list[str]]:
    """The result of every model that has one, and why the others have none."""
    found, missing = [], []
    for model in MODELS:
        try:
            found.append(result(places, Lake(places.lake), model, ds, planted))
        except Refused as refusal:
            missing.append(str(refusal))
    return found, missing


def _write(out: Path, found: Sequence[Result], missing: Sequence[str], ds: dt.date, simulated: bool) -> None:
    from jobs import plots

    picture = out.with_name("risks.png")
    out.parent.mkdir(parents=True, exist_ok=True)
    plots.against_rules([(r.model.name, r.planted or r.verdicts) for r in found],
                        f"Models and rules, {ds}", "the planted truth" if simulated else "verdicts").savefig(picture)
    write_section(out, "report", report_tables.markdown(found, missing, ds, simulated, picture.name))
    step.say(f"written: {out} and {picture}")


if __name__ == "__main__":
    sys.exit(step.run(main))
