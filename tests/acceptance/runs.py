"""A command run as a user types it, in a home of its own, its lines shown as they come."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A setting of whoever calls would make it another run than the one that README.md names. MAKEFLAGS carries the
# variables of a calling make.
SETTINGS = ("VIGIL_", "SPARK_", "MLFLOW_", "AIRFLOW_", "GX_", "MAKE", "MFLAGS")
NAMES = ("ENGINE", "SOURCES", "RAW", "DS", "PYTHONPATH", "PYSPARK_PYTHON")


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit code, what it said, and how many seconds it took."""

    code: int
    said: str
    seconds: float


def environment(home: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a shell in which nothing was set but where the home is."""
    kept = {name: value for name, value in env.items() if not name.startswith(SETTINGS) and name not in NAMES}
    return kept | {"VIGIL_HOME": str(home)}


def run(command: str, name: str, home: Path, repository: Path) -> Ended:
    """Run a command in the repository, each of its lines shown after the run's name."""
    sys.stdout.write(f"\n{name}: $ {command}\n")
    began, said = time.monotonic(), []
    with subprocess.Popen(shlex.split(command), cwd=repository, env=environment(home, os.environ), text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            said.append(line)
            sys.stdout.write(f"{name} {time.monotonic() - began:5.0f} s | {line}")
            sys.stdout.flush()
    return Ended(process.returncode, "".join(said), time.monotonic() - began)
