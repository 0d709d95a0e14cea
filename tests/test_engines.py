"""Two engines, one code: what Spark is held to by plain loops, to the last bit, holds of Sail. The rest is refused."""

import os
import subprocess
import sys

import pytest

from dags import run
from jobs import ingest
from jobs.errors import Refused
from jobs.settings import REPOSITORY

# Own features and their tiles, days as bits, ties and what follows from them, texts, labels, features of orders, and
# the lake's door.
COMPARED = ("test_windows", "test_arrivals", "test_sightings", "test_links", "test_texts", "test_labels",
            "test_moments", "test_lake")


def on_sail(*arguments: str, **more: str) -> str:
    """In a process of its own: a classic Spark session and one over Connect cannot share one."""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    done = subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, text=True, capture_output=True, timeout=900,
                          env={**os.environ, "ENGINE": "sail", "PYTHONPATH": paths, **more}, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_tests_of_what_was_compared_hold_on_sail():
    told = on_sail("-m", "pytest", *[f"tests/{name}.py" for name in COMPARED])
    assert " passed" in told and "skipped" not in told


@pytest.mark.parametrize("main", [lambda: run.main(["nightly"]), lambda: ingest.main(["--ds", "2026-11-20"])])
def test_what_was_not_compared_is_refused_before_anything_is_made(tmp_path, monkeypatch, main):
    monkeypatch.setenv("ENGINE", "sail")
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path / "home"))
    with pytest.raises(Refused, match="not compared with Spark.*Use ENGINE=spark"):
        main()
    assert not (tmp_path / "home").exists()
