"""Two engines, one code: the same rows by digest, and what Spark is held to holds of Sail.

test_night.py compares a whole night.
"""

import json
import os
import subprocess
import sys

import pytest

from jobs.settings import REPOSITORY
from tests.support import engine_digests
from tests.support.builders import set_for_few_rows

# What is taken in, own features and their tiles, days as bits, ties and what follows from them, texts, labels, features
# of orders, levels and actions, and the lake's door.
COMPARED = (
    "jobs/ingestion/test_landing",
    "features/inputs/test_validation",
    "features/inputs/test_casts",
    "jobs/test_ingest",
    "jobs/ingestion/test_day_selection",
    "jobs/quality/test_absent_tables",
    "features/aggregation/test_windows",
    "features/frames/test_day_bitmap",
    "features/graph/test_observations",
    "features/graph/test_shared_identifiers",
    "features/inputs/test_text_patterns",
    "features/aggregation/test_texts",
    "features/test_labels",
    "features/aggregation/test_point_in_time",
    "jobs/feature_store/test_tile_store",
    "jobs/feature_store/test_lifetime_tiles",
    "jobs/feature_store/test_month_tiles",
    "jobs/decisions/test_policy",
    "jobs/storage/test_lake",
)
# These collect a union of what PySpark sends as large strings, which comes back as a type that PySpark 4.1 does not
# know (string_view). Jobs collect none: what they unite goes to files.
NOT_COLLECTED = ("test_kept_rows_have_the_shape_of_the_contract",
                 "test_which_row_of_one_key_is_kept_does_not_depend_on_the_secret")


@pytest.fixture(scope="module")
def by_engine(spark, tmp_path_factory):
    """Digest of every table by engine, over the same rows: with nulls, late ones, and ones that come again."""
    homes = [tmp_path_factory.mktemp(engine) for engine in ("spark", "sail")]
    for home in homes:
        engine_digests.fill(home)
    done = on_sail("tests/support/engine_digests.py", VIGIL_HOME=str(homes[1]))
    with set_for_few_rows(spark):
        return engine_digests.compute(spark, str(homes[0] / "lake")), json.loads(done.splitlines()[-1])


def on_sail(*arguments: str, **more: str) -> str:
    """In a process of its own: a classic Spark session and one over Connect cannot share one."""
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


def test_the_tests_of_what_was_compared_hold_on_sail():
    left_out = [f"--deselect=tests/features/inputs/test_validation.py::{name}" for name in NOT_COLLECTED]
    told = on_sail("-m", "pytest", *left_out, *[f"tests/{name}.py" for name in COMPARED])
    assert " passed" in told and "skipped" not in told

