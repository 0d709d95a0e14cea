"""Sessions of both engines for all tests, and a place of their own for what they write."""

import os
import sys
from pathlib import Path

import hypothesis
import pytest

from tests.support.engine_sessions import ENGINES, EngineSessions

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers must find the same packages
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

# Two tests share the cores: how long an example takes is not what is tested.
hypothesis.settings.register_profile("side by side", deadline=None)
hypothesis.settings.load_profile("side by side")

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


SESSIONS = EngineSessions()


def pytest_addoption(parser):
    parser.addoption("--engine", choices=(*ENGINES, "each"), default=os.environ.get("ENGINE", "each"),
                     help="which engine serves the tests that ask for a session (default: each that a test is for)")


def pytest_generate_tests(metafunc):
    """A test with a session runs once an engine, unless it is marked for one."""
    if "spark" in metafunc.fixturenames:
        marker, asked = metafunc.definition.get_closest_marker("engine"), metafunc.config.getoption("--engine")
        engines = [engine for engine in (marker.args if marker else ENGINES) if asked in (engine, "each")]
        metafunc.parametrize("spark", engines, indirect=True, scope="session")


def pytest_itemcollected(item):
    """Mark a test by what it costs."""
    engine, dear = _engine(item), item.get_closest_marker("slow") or item.get_closest_marker("end_to_end")
    if engine or not dear:
        item.add_marker(engine or "unit")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from tests.support.distribution import ByFileAndEngine

    return ByFileAndEngine(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=_rank)
    _first_night_first(items)


def _rank(item) -> int:
    """Return the place of a test in the run: unit tests, then the longest first, so that the workers end together.

    Sail runs functions in this process, and there cloudpickle gives the classes that they use new methods. A unit test
    that replaces a constant of such a class's module must come before.
    """
    kinds = ("unit", "spark", "end_to_end", "slow", "sail")
    return next((rank for rank, kind in enumerate(kinds) if item.get_closest_marker(kind)), len(kinds))


def _first_night_first(items) -> None:
    """One file makes the first night while the other workers do what does not wait for it."""
    files = [item.path for item in items if "first_night" in item.fixturenames]
    items.sort(key=lambda item: item.path not in files[:1])


def _engine(item) -> str | None:
    engine = item.callspec.params.get("spark") if hasattr(item, "callspec") else None
    return engine if engine in ENGINES else None  # pytest has no engine for a test that --engine leaves out


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    SESSIONS.select(_engine(item))


def pytest_sessionfinish():
    SESSIONS.stop()


@pytest.fixture(scope="session")
def spark(request, tmp_path_factory):
    """A session on the test's engine, set for few rows. The first test that asks for it starts it."""
    home = tmp_path_factory.getbasetemp() / f"{request.param}-home"
    session = SESSIONS.session(request.param, home)
    SESSIONS.select(request.param)
    return session


@pytest.fixture(scope="session")
def product_settings():
    """A context manager that gives a session the settings of a job."""
    return SESSIONS.product_settings


@pytest.fixture
def product_spark(spark, product_settings):
    """The session as a job sets it, for rows enough to fill several partitions."""
    with product_settings(spark):
        yield spark


@pytest.fixture(scope="session")
def first_night(tmp_path_factory) -> Path:
    """A home after a whole night, made once for all workers of a test run. A test that changes it copies it."""
    from tests.support import prepared_night

    temporary = tmp_path_factory.getbasetemp()
    return prepared_night.first_night(temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary)


@pytest.fixture(scope="session")
def null_world(tmp_path_factory) -> Path:
    """A home with the landing folder and truth of a demo marketplace without attacks: every alarm in it is false."""
    from tests.support import demo_markets

    return demo_markets.null_world(tmp_path_factory.mktemp("null-world"))


@pytest.fixture(scope="session")
def world_pair(tmp_path_factory) -> Path:
    """A home with a small demo marketplace twice: with actions of every kind, and without them."""
    from tests.support import demo_markets

    return demo_markets.world_pair(tmp_path_factory.mktemp("world-pair"))


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
