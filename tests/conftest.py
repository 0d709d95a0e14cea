"""One real Spark session for all tests, and a place of their own for what they write."""

import datetime as dt
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers must find the same packages
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

# Two tests share the cores: how long an example takes is not what is tested.
hypothesis.settings.register_profile("side by side", deadline=None)
hypothesis.settings.load_profile("side by side")

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Started by the first test that asks for it, because a start takes seconds. ENGINE=sail makes it one on Sail."""
    from jobs.engines.spark import session
    from jobs.settings import settings

    home = tmp_path_factory.mktemp("spark-home")
    engine = os.environ.get("ENGINE", "spark")
    spark = session(settings({"VIGIL_HOME": str(home), "JAVA_HOME": os.environ.get("JAVA_HOME", ""),
                              "SPARK_DRIVER_MEMORY": "3g", "ENGINE": engine}))
    if engine == "spark":
        spark.sparkContext.setLogLevel("OFF")  # a refused write is what many tests are about
    yield spark
    spark.stop()


@pytest.fixture(autouse=True)
def no_home_of_another_test():
    """MLflow keeps the store it was last told in the environment, where a process that a test starts finds it."""
    yield
    os.environ.pop("MLFLOW_TRACKING_URI", None)


def hold(frame):
    """A frame, computed once."""
    return frame.localCheckpoint()


def bits(span, days):
    """Days as bits of a span, word by word."""
    return tuple(map(sum, zip([0] * len(span.words), *[span.mask(one, one) for one in days])))


@pytest.fixture
def lake(tmp_path):
    """An empty lake, as one run sees it."""
    from jobs.storage.lake import Lake

    (tmp_path / "lake").mkdir()
    return Lake(str(tmp_path / "lake"), "test-run")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The real inputs. In CI their absence is a failure, elsewhere the tests that need them are skipped."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED} is missing: CI must run the tests on the real inputs")
        pytest.skip(f"{SHARED} is not there")
    return SHARED


# Three rows are planned and compiled longer than they are computed; the generated worlds use Spark as it is set.
FOR_FEW_ROWS = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false",
                "spark.sql.codegen.wholeStage": "false"}


@contextmanager
def set_for_few_rows(spark):
    before = {key: spark.conf.get(key) for key in FOR_FEW_ROWS}
    for key, value in FOR_FEW_ROWS.items():
        spark.conf.set(key, value)
    yield spark
    for key, value in before.items():
        spark.conf.set(key, value)


@pytest.fixture
def few_rows(spark):
    with set_for_few_rows(spark):
        yield spark


def day(text: str) -> dt.date:
    """2026-11-20 as a date, so that tests read as tables."""
    return dt.date.fromisoformat(text)
