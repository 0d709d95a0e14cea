"""Compare two training runs, or two versions of a model, on the same test rows, in one HTML page.

Reads the runs in MLflow and, where the lake still has them, the labelled rows. Writes one self-contained HTML file,
below VIGIL_HOME/reports or where --out says. Without --versions it compares the champion with the latest other
version. Run again, it gives the same figures.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from jobs import step
from jobs.errors import UserError
from jobs.evaluation import paired_runs, run_changes
from jobs.evaluation.compared_side import Side, both_scored, of_run, of_version
from jobs.evaluation.paired_runs import PairedRuns
from jobs.reporting import comparison_page
from jobs.runtime import console
from jobs.scoring import score_changes
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.training import registry
from jobs.training.models import MODELS, find_model
from jobs.training.seeds import bootstrap_seed


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--runs", type=_two, metavar="A,B", help="two run ids of MLflow")
    which.add_argument("--model", choices=[model.name for model in MODELS], help="a model; with --versions")
    parser.add_argument("--versions", type=_two, metavar="1,2",
                        help="two versions or aliases (default: the champion, and the latest other version)")
    parser.add_argument("--out", type=Path, metavar="FILE.html")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    sides = _sides(config, args)
    if sides[0].record.run_id == sides[1].record.run_id:
        raise UserError(f"{sides[0].name} and {sides[1].name} are the same run. Expected two; "
                        "make ui lists the runs of a model")
    lake = Lake(config.lake)
    first, second, rows, test_rows = both_scored(config, lake, *sides)
    model = sides[1].model
    paired = paired_runs.compare(first, second, model.declared_risk.capacity, bootstrap_seed(model))
    page = comparison_page.Page(
        f"{model.name}: two runs", f"{sides[0].title}, and {sides[1].title}", (sides[0].name, sides[1].name), rows,
        _promotion(sides[1]),
        run_changes.changes(sides[1].record, sides[0].record), _causes(sides, paired, test_rows))
    _write(config, args.out, sides, comparison_page.render(page, paired))
    console.log(comparison_page.verdict(page.names, paired))


def _sides(config: Settings, args) -> list[Side]:
    if args.runs:
        return [of_run(config, run) for run in args.runs]
    model = find_model(args.model)
    versions = args.versions or registry.champion_and_latest(config, model)
    if versions is None:
        raise UserError(f"{model.name}: no champion and another version to compare it with. Expected two; train with "
                        "make train, or name two with VERSIONS=1,2")
    return [of_version(config, model, version) for version in versions]


def _promotion(side: Side) -> str:
    """Return the recorded verdict of promotion; empty where none is recorded."""
    promoted = {"true": "It was promoted", "false": "It was not promoted"}.get(side.record.tags.get("vigil.promoted"))
    return f"{promoted}: {side.record.tags.get('vigil.promotion_reason', '')}." if promoted else ""


def _causes(sides: Sequence[Side], paired: PairedRuns, rows: pa.Table | None) -> dict[int, str]:
    """Return the causes of each changed row; empty where the lake has the rows no more, or a run has no model."""
    if rows is None or any(side.model_version is None for side in sides) or not paired.changed:
        return {}
    positions = [row.index for row in paired.changed]
    return dict(zip(positions, score_changes.causes(sides[0].model_version, sides[1].model_version,
                                                    rows.take(pa.array(positions, pa.int64())))))


def _write(config: Settings, out: Path | None, sides: Sequence[Side], html: str) -> None:
    name = "-".join(["compare", sides[1].model.registered_name, *(side.record.run_id[:8] for side in sides)])
    file = out or config.home / "reports" / f"{name}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(html, encoding="utf-8")
    console.log(f"written: {file}")


def _two(text: str) -> tuple[str, str]:
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    if len(parts) != 2:
        raise argparse.ArgumentTypeError(f"{text!r}: expected two, with a comma between them")
    return parts


if __name__ == "__main__":
    sys.exit(step.run(main))
