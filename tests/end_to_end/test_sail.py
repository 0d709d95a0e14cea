"""Two engines, one code: every table that is built from generated rows is the same by digest.

test_night.py compares a whole night. Tests that use a session run on each engine, see tests/conftest.py.
"""

import json
import os
import subprocess
import sys

import pytest

from jobs.settings import REPOSITORY
from tests.support import engine_digests

pytestmark = pytest.mark.engine("spark")


@pytest.fixture(scope="module")
def by_engine(spark, tmp_path_factory):
    """Digest of every table by engine, over the same rows: with nulls, late ones, and ones that come again."""
    homes = [tmp_path_factory.mktemp(engine) for engine in ("spark", "sail")]
    for home in homes:
        engine_digests.fill(home)
    done = on_sail("tests/support/engine_digests.py", VIGIL_HOME=str(homes[1]))
    return engine_digests.compute(spark, str(homes[0] / "lake")), json.loads(done.splitlines()[-1])


def on_sail(*arguments: str, **more: str) -> str:
    """What a program prints that runs on Sail, as a process of its own."""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    done = subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, text=True, capture_output=True, timeout=900,
                          env={**os.environ, "ENGINE": "sail", "PYTHONPATH": paths, **more}, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_every_table_has_the_same_rows_on_both_engines(by_engine):
    by_spark, by_sail = by_engine
    assert by_spark.keys() == by_sail.keys()
    assert {table: (found, by_sail[table]) for table, found in by_spark.items() if found != by_sail[table]} == {}


def test_every_kind_of_table_was_compared_and_none_without_rows(by_engine):
    assert {f"{entity}_{kind}" for entity in ("seller", "user", "creator")
            for kind in ("tiles", "values", "lifetime", "features", "labels")} <= set(by_engine[0])
    assert {f"{entity}_month_{kind}" for entity in ("seller", "user")
            for kind in ("tiles", "values")} <= set(by_engine[0])
    assert {"seller_texts", "user_texts", "order_features", "order_labels"} <= set(by_engine[0])
    assert [table for table, found in by_engine[0].items() if found.startswith("0-")] == []
