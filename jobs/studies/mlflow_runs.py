"""MLflow runs of studies: a parent run with one child run per training. Studies release no model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import run_manifest
from jobs.training import experiments, registry, run_logging


@contextmanager
def parent(settings: Settings, experiment: str, args, description: str) -> Iterator[None]:
    """Open a parent run in an experiment, named by the day; `child` opens its child runs.

    Args:
        description: what the study measures, Markdown; the experiment's description.
    """
    import mlflow

    number = experiments.find_or_create(registry.connect(settings), settings, experiment, description)
    tags = {"vigil.run_id": args.run_id, "vigil.ds": str(args.ds), "vigil.code": run_manifest.code_version()}
    with mlflow.start_run(experiment_id=number, run_name=str(args.ds), tags=tags):
        yield
    console.log(f"logged in MLflow, experiment {experiment}")


@contextmanager
def child(name: str, params: Mapping[str, object]) -> Iterator[None]:
    """Open a child run of the open run, with parameters and the day and code of its parent."""
    import mlflow

    # Without this argument a nested run belongs to the default experiment, and not to its parent's.
    experiment = mlflow.active_run().info.experiment_id
    tags = {key: value for key, value in mlflow.active_run().data.tags.items() if key.startswith("vigil.")}
    with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags=tags):
        run_logging.log_params(params)
        yield
