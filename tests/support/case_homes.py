"""Homes for the steps about after-sales cases."""

from pathlib import Path

from jobs import attribute_cases, train_cases
from jobs.after_sales import responsibility
from jobs.settings import REPOSITORY


def enter(patch, home: Path, spark) -> None:
    """Let the steps read a home and the shipped policies, with the session of the tests and few trees."""
    patch.setenv("VIGIL_HOME", str(home))
    patch.delenv("MLFLOW_TRACKING_URI", raising=False)  # MLflow leaves there the registry of the home that was trained
    patch.setenv("VIGIL_POLICIES", str(REPOSITORY / "policies"))
    for step in (train_cases, attribute_cases):
        patch.setattr(step, "session", lambda *_: spark)
    patch.setattr(responsibility, "ROUNDS", 12)
