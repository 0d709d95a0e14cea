"""A home on the evening before the night that is measured, with champions, and copies of it for the night to run in."""

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
    """A home that has run the night of the day before, and trained first; made where none is there of these features.

    One of other features or tiles would do: but each night that is timed would make the tiles of all days anew.
    """
    home = at.folder / f"evening-{at.size}-{at.days}"
    note, of = home / "made", " ".join([tiles.TILE_FORMAT_VERSION,
                                        *[features.hash for features in FEATURE_SETS.values()]])
    if not note.exists() or note.read_text() != of:
        shutil.rmtree(home, ignore_errors=True)
        with console.timed("the evening before: a marketplace, a training and a night"):
            simulate(["--home", str(home), "--until", str(benchmark_lake.LAST), "--days", str(at.days), "--size",
                      at.size])
            run(home, Engine.SPARK, home, str(at.eve))
        note.write_text(of)
    return home


@contextmanager
def hard_linked_copies(home: Path, times: int) -> Iterator[list[Path]]:
    """Copies of a home without its landed files. Parquet files are never written again: a link is as good."""
    def copy(old: str, new: str) -> None:
        (os.link if old.endswith(".parquet") else shutil.copy2)(old, new)

    with tempfile.TemporaryDirectory(prefix="copies-", dir=home.parent) as folder:
        found = [Path(folder) / str(number) for number in range(times)]
        for place in found:
            shutil.copytree(home, place, copy_function=copy, ignore=shutil.ignore_patterns("landing", "truth", "logs"))
        yield found


def environment(home: Path, landed: Path, engine: Engine = Engine.SPARK) -> dict[str, str]:
    """Of a command that works in a copy, on the files that landed in the home it was copied from."""
    return {"PYTHONPATH": str(REPOSITORY), "VIGIL_HOME": str(home), "VIGIL_LANDING": str(landed / "landing"),
            "ENGINE": engine.value}


def run(home: Path, engine: Engine, landed: Path, ds: str) -> str:
    """What `make nightly` says of a day.

    Raises:
        UserError: it failed.
    """
    done = subprocess.run([sys.executable, "-m", "dags.runner.run", "nightly", "--ds", ds], cwd=REPOSITORY, text=True,
                          capture_output=True, check=False,
                          env={**os.environ, **environment(home, landed, engine)})
    if done.returncode:
        raise UserError(f"The night of {ds} on {engine} in {home} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
