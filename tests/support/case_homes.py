"""Homes for the steps about after-sales cases."""

import datetime as dt
from pathlib import Path

from jobs import attribute_cases, train_cases
from jobs.after_sales import responsibility
from jobs.settings import REPOSITORY
from jobs.storage.lake import Lake


def enter(patch, home: Path, spark) -> None:
    """Let the steps read a home and the shipped policies, with the session of the tests and few trees."""
    patch.setenv("VIGIL_HOME", str(home))
    patch.delenv("MLFLOW_TRACKING_URI", raising=False)  # MLflow leaves there the registry of the home that was trained
    patch.setenv("VIGIL_POLICIES", str(REPOSITORY / "policies"))
    for step in (train_cases, attribute_cases):
        patch.setattr(step, "session", lambda *_: spark)
    patch.setattr(responsibility, "ROUNDS", 12)


def night(step, table: str, home: Path, *days: dt.date, run: str = "n1") -> list[dict]:
    """Run a step for some days, and return the rows of its table."""
    step.main(["--from", str(days[0]), "--ds", str(days[-1]), "--run-id", run])
    return Lake(str(home / "lake")).arrow(table, list(days)).to_table().to_pylist()
