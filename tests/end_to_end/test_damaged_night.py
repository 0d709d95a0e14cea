"""A night over a lake that lost a table, through Airflow: it ends at once, with the table and what mends it."""

import os
import shutil
import subprocess
import sys

import pytest

from jobs.settings import REPOSITORY
from tests.support.stored_home import FRI, make

pytestmark = pytest.mark.end_to_end

ORDER = "order_id,ordered_at,user_id,seller_id,quantity,amount_cents\no1,2026-11-20 08:30:00,u1,s1,1,250\n"


def test_a_night_over_a_lost_table_ends_at_once_and_is_not_tried_again(tmp_path):
    make(tmp_path)
    shutil.rmtree(tmp_path / "lake" / "orders")
    landed = tmp_path / "landing" / "orders" / f"ds={FRI}"
    landed.mkdir(parents=True)
    (landed / "p.csv").write_text(ORDER)
    env = {**os.environ, "VIGIL_HOME": str(tmp_path), "ENGINE": "sail", "PYTHONPATH": str(REPOSITORY)}
    # A second try would come two minutes after the first.
    done = subprocess.run([sys.executable, "-m", "dags.runner.run", "nightly", "--ds", str(FRI)], env=env,
                          cwd=REPOSITORY, text=True, capture_output=True, timeout=115, check=False)
    told = " ".join((done.stdout + done.stderr).split())  # lines are wrapped for a terminal
    assert done.returncode == 1
    assert told.count("[start] ingest") == told.count("[failed] ingest: orders: ") == 1
    assert "is gone; version 1 was known (6 rows of 3 days, 2026-11-19 to 2026-11-21; run r1). Restore " in told
    assert "make forget-table TABLE=orders" in told
    assert "Traceback" not in told
    assert not (tmp_path / "lake" / "orders").exists()
