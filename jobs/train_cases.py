"""Train the model of after-sales cases on the cases that were closed by a day, and make it the champion if it helps.

Reads events, cases, outcomes, messages and listings that had arrived by the day. Spark finds near copies of photos.
Writes to MLflow: a run with its parameters and metrics, a version of `case-responsibility`, and the alias `champion` if
the version is right more often than the most frequent party of each kind and reason. Run again, it registers another
version that says the same.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jobs import step
from jobs.after_sales import case_model_files
from jobs.after_sales.case_training import Trained, train
from jobs.after_sales.image_copies import image_copies
from jobs.after_sales.registered_model import MODEL, parameters
from jobs.engines.spark import session
from jobs.runtime import arguments, console
from jobs.settings import Settings, load_settings
from jobs.storage import run_manifest
from jobs.storage.lake import Lake
from jobs.training import folder_models


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    trained = train(lake, args.ds, image_copies(session(config, args.run_id), lake))
    if trained is None:
        console.log(f"cases, {args.ds}: too few closed cases, so no model; every case goes to a person")
        return
    version = _register(config, lake, trained, args)
    outcome = "is the new champion" if trained.is_better else "stays challenger"
    console.log(f"{MODEL.name}: version {version} {outcome}: {trained.accuracy:.1%} right, "
                f"the most frequent party {trained.lookup:.1%}, in {trained.reviewed:,} "
                f"{'second reviews' if trained.has_reviews else 'outcomes'}; {trained.decided:.1%} decided")


def _register(config: Settings, lake: Lake, trained: Trained, args) -> str:
    tags = {"vigil.run_id": args.run_id, "vigil.ds": str(args.ds), "vigil.code": run_manifest.code_version(),
            **{f"vigil.data.{name}": str(version) for name, version in lake.versions().items()}}
    with tempfile.TemporaryDirectory() as folder:
        case_model_files.save(trained.model, Path(folder))
        version = folder_models.register(config, MODEL, Path(folder), str(args.ds), tags,
                                         parameters(trained.model), trained.metrics)
    if trained.is_better:
        folder_models.promote(config, MODEL, version)
    return version


if __name__ == "__main__":
    sys.exit(step.run(main))
