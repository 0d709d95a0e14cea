"""Import paths of the packages of requirements.txt."""

import os
import sys
import sysconfig
from pathlib import Path

from jobs.runtime.plain_paths import plain_path


def prefer_own_packages() -> None:
    """Import packages from this environment alone, by a plain path. Call it before any package is imported.

    A Spark of the machine puts its PySpark on PYTHONPATH. Alembic, which MLflow and Airflow use, fails below a `%`.
    """
    packages = sysconfig.get_path("purelib")
    if (Path(packages) / "pyspark").is_dir():
        sys.path[:] = [entry for entry in sys.path if not _is_foreign(entry)]
    sys.path[:] = [str(plain_path(Path(entry))) if entry == packages else entry for entry in sys.path]


def _is_foreign(entry: str) -> bool:
    return (entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
            and ((Path(entry) / "pyspark").is_dir() or Path(entry).name.startswith("py4j")))
