"""One real Spark session for all tests, and a place of their own for what they write."""

import os
import sys
from pathlib import Path

import hypothesis
import pytest

from tests.support.builders import set_for_few_rows

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
    from jobs.settings import load_settings

    home = tmp_path_factory.mktemp("spark-home")
    engine = os.environ.get("ENGINE", "spark")
    spark = session(load_settings({"VIGIL_HOME": str(home), "JAVA_HOME": os.environ.get("JAVA_HOME", ""),
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


@pytest.fixture
def few_rows(spark):
    with set_for_few_rows(spark):
        yield spark
