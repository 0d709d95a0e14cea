"""Tabulate every risk: how well its model ranks the test weeks, compared with its baseline rule.

Reads verdicts, labels and features of the day and the models in MLflow. On a simulated marketplace it also reads the
ground truth, which no step that trains or scores reads. Prints three tables. With --out it writes them into the section
`report` of a Markdown page, and the picture risks.png beside the page. Run again, it gives the same figures.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import step
from jobs.errors import UserError
from jobs.evaluation import ground_truth
from jobs.evaluation.model_report import ModelReport, model_report
from jobs.reporting import report_tables
from jobs.reporting.markdown_sections import write_section
from jobs.runtime import arguments, console
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.training.models import MODELS


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = arguments.parser(__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE.md",
                        help="write the section `report` of this page, and risks.png beside it")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    incidents = ground_truth.read(config.home)
    reports, missing = results(config, args.ds, incidents)
    if not reports:
        raise UserError("\n".join(missing))
    console.show(report_tables.terminal(reports, missing, args.ds, incidents is not None))
    if args.out:
        _write(args.out, reports, missing, args.ds, incidents is not None)


def results(config: Settings, ds: dt.date, incidents) -> tuple[list[ModelReport], list[str]]:
    """Return the report of every model that has one, and the error of each other model."""
    reports, missing = [], []
    for model in MODELS:
        try:
            reports.append(model_report(config, Lake(config.lake), model, ds, incidents))
        except UserError as error:
            missing.append(str(error))
    return reports, missing


def _write(out: Path, reports: Sequence[ModelReport], missing: Sequence[str], ds: dt.date, simulated: bool) -> None:
    from jobs.reporting import plots

    picture = out.with_name("risks.png")
    out.parent.mkdir(parents=True, exist_ok=True)
    plots.against_rules([(r.model.name, r.by_ground_truth or r.by_verdicts) for r in reports],
                        f"Models and rules, {ds}", "ground truth" if simulated else "verdicts").savefig(picture)
    write_section(out, "report", report_tables.markdown(reports, missing, ds, simulated, picture.name))
    console.log(f"written: {out} and {picture}")


if __name__ == "__main__":
    sys.exit(step.run(main))
