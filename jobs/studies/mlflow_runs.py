"""MLflow runs that compare trainings and release none: a parent run with one child a training."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jobs.runtime import console
from jobs.settings import Settings
from jobs.storage import run_manifest
from jobs.training import registry, run_logging


@contextmanager
def parent(settings: Settings, experiment: str, args) -> Iterator[None]:
    """A run in an experiment of its own, named by the day, under which `child` opens its runs."""
    import mlflow

    client = registry.connect(settings)
    known = client.get_experiment_by_name(experiment)
    number = known.experiment_id if known else client.create_experiment(experiment)
    tags = {"vigil.run_id": args.run_id, "vigil.ds": str(args.ds), "vigil.code": run_manifest.code_version()}
    with mlflow.start_run(experiment_id=number, run_name=str(args.ds), tags=tags):
        yield
    console.log(f"logged in MLflow, experiment {experiment}")


@contextmanager
def child(name: str, params: Mapping[str, object]) -> Iterator[None]:
    """A run below the open one."""
    import mlflow

    # Said again: a nested run would otherwise go to the default experiment, not to its parent's.
    experiment = mlflow.active_run().info.experiment_id
    with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True):
        run_logging.log_params(params)
        yield
