"""A home in the state before the measured night, with champions, and copies of the home for timed nights."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from features.aggregation import tiles
from features.entities import FEATURE_SETS
from jobs.errors import UserError
from jobs.runtime import console
from jobs.settings import REPOSITORY, Engine
from jobs.simulate.__main__ import main as simulate


def prepared_home(at: BenchmarkContext) -> Path:
    """Return a home after a training and the night of the day before; create it if features or tiles have changed.

    With a home of other features or tiles, every timed night would build the tiles of all days again.
    """
    home = at.folder / f"evening-{at.size}-{at.days}"
    version_file, version = home / "made", " ".join([tiles.TILE_FORMAT_VERSION,
                                                     *[features.hash for features in FEATURE_SETS.values()]])
    if not version_file.exists() or version_file.read_text() != version:
        shutil.rmtree(home, ignore_errors=True)
        with console.timed("the evening before: a marketplace, a training and a night"):
            simulate(["--home", str(home), "--until", str(benchmark_lake.LAST), "--days", str(at.days), "--size",
                      at.size])
            run(home, Engine.SPARK, home, str(at.eve))
        version_file.write_text(version)
    return home


@contextmanager
def hard_linked_copies(home: Path, times: int) -> Iterator[list[Path]]:
    """Make copies of a home without its landed files. Parquet files are never changed, so copies have hard links."""
    def copy(old: str, new: str) -> None:
        (os.link if old.endswith(".parquet") else shutil.copy2)(old, new)

    with tempfile.TemporaryDirectory(prefix="copies-", dir=home.parent) as folder:
        copies = [Path(folder) / str(number) for number in range(times)]
        for path in copies:
            shutil.copytree(home, path, copy_function=copy, ignore=shutil.ignore_patterns("landing", "truth", "logs"))
        yield copies


def environment(home: Path, landed: Path, engine: Engine = Engine.SPARK) -> dict[str, str]:
    """Return the environment of a command in a copy, with the landed files of the original home."""
    return {"PYTHONPATH": str(REPOSITORY), "VIGIL_HOME": str(home), "VIGIL_LANDING": str(landed / "landing"),
            "ENGINE": engine.value}


def run(home: Path, engine: Engine, landed: Path, ds: str) -> str:
    """Run `make nightly` for a day, and return its output.

    Raises:
        UserError: the run failed.
    """
    done = subprocess.run([sys.executable, "-m", "dags.runner.run", "nightly", "--ds", ds], cwd=REPOSITORY, text=True,
                          capture_output=True, check=False,
                          env={**os.environ, **environment(home, landed, engine)})
    if done.returncode:
        raise UserError(f"The night of {ds} on {engine} in {home} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
