"""Which steps of a run are under way, for an alert: an empty file each, as long as the step runs.

A callback of Airflow's scheduler cannot ask for the tasks of a run. The file of a step that was killed stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.runtime.run_names import run_name
from jobs.settings import Settings


@contextmanager
def under_way(config: Settings, run_id: str, task_id: str) -> Iterator[None]:
    """Name the step as under way during the block."""
    file = _folder(config, run_id) / task_id
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def of_run(config: Settings, run_id: str) -> list[str]:
    """Return the names of the tasks of a run that are under way, sorted."""
    return sorted(file.name for file in _folder(config, run_id).glob("*"))


def _folder(config: Settings, run_id: str) -> Path:
    return config.home / "airflow" / "under_way" / run_name(run_id)
