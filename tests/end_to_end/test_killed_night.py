"""A night whose steps are killed at every point of their work on the lake, and repeated until they get through."""

import shutil
import signal
from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.storage.lake import Lake
from tests.support.crash_injection import POINTS
from tests.support.prepared_night import CRASH, DAY, NIGHT, digests, live_writes, orders_file, python, shared_sail

pytestmark = pytest.mark.end_to_end

TRIES = [(part, point) for part in NIGHT for point in (*POINTS, "never")]


@pytest.fixture(scope="module")
def home(first_night, tmp_path_factory):
    """A copy of the first night's home. The day's orders have landed again in another order: the same file would not
    be ingested again."""
    home = tmp_path_factory.mktemp("killed") / "home"
    shutil.copytree(first_night, home)
    rows = pq.read_table(orders_file(home))
    pq.write_table(rows.take(pa.array(range(rows.num_rows - 1, -1, -1), pa.int64())), orders_file(home))
    return home


@pytest.fixture(scope="module")
def killed(home):
    """How each try ended, by part and point: the same night as one run, each part killed three times, then let be."""
    before, tries = digests(home), {}
    with shared_sail(home) as sail:
        for part, point in TRIES:
            done = python(home, CRASH, point, *NIGHT[part], "--", "--ds", DAY, "--run-id", "killed", **sail)
            tries[part, point] = SimpleNamespace(returncode=done.returncode, same=digests(home) == before,
                                                 live=live_writes(home))
    return tries


@pytest.mark.parametrize(("part", "point"), TRIES, ids=[f"{part}-{point}" for part, point in TRIES])
def test_a_step_that_is_killed_changes_nothing_that_a_reader_sees(killed, part, point):
    assert killed[part, point].returncode == (0 if point == "never" else -signal.SIGKILL)
    assert killed[part, point].same


def test_no_file_of_a_dead_step_is_readable_though_they_are_there(home, killed):
    ever_live = set().union(*(each.live for each in killed.values()), live_writes(home))
    lake = home / "lake"
    there = {folder.name for folder in lake.glob("*/killed-*") if folder.is_dir()}
    dead = there - ever_live
    # Each of the parts died once after a write that nothing committed; effects had no row to write.
    assert len(dead) >= len(NIGHT) - 1
    assert any(list(lake.glob(f"*/{write}/**/*.parquet")) for write in dead)
    assert not dead & live_writes(home)


def test_the_killed_night_is_the_one_that_is_published(home, killed):
    runs = Lake(str(home / "lake")).arrow("user_risk_daily", [date.fromisoformat(DAY)]).to_table(["run_id"])
    assert set(runs["run_id"].to_pylist()) == {"killed"}
    assert killed[TRIES[-1]].same
