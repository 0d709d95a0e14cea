"""A run that is repeated from its own note gives the rows of then."""

import json
import shutil
from datetime import date

import pyarrow.parquet as pq
import pytest

from jobs.storage.lake import Lake
from tests.support.prepared_night import CRASH, DAY, NIGHT, PUBLISHED, call, orders_file, python, shared_sail

pytestmark = pytest.mark.end_to_end


def test_a_replay_after_the_day_was_taken_in_anew_gives_the_rows_of_then(first_night, tmp_path):
    """The day's orders land again, a third of them missing. The note of the first run still leads to all of them.

    That run built no features: it found those that its training had built.
    """
    home = tmp_path / "home"
    shutil.copytree(first_night, home)
    orders = Lake(str(home / "lake")).counts("orders")[date.fromisoformat(DAY)]
    notes = {file.stem: json.loads(file.read_text()) for file in (home / "lake" / "_runs").glob("*.json")}
    (run,) = (name for name, note in notes.items()
              if "features" in note.get("nothing_new", {}) and "seller_risk_daily" in note["outputs"])
    file = orders_file(home)
    whole = file.read_bytes()
    rows = pq.read_table(file)
    pq.write_table(rows[: rows.num_rows * 2 // 3], file)
    with shared_sail(home) as sail:
        python(home, CRASH, "never", *NIGHT["ingest"], "--", "--ds", DAY, "--run-id", "anew", **sail)
        file.write_bytes(whole)
        assert Lake(str(home / "lake")).counts("orders")[date.fromisoformat(DAY)] < orders
        told = call(home, "jobs.commands.replay", "--run-id", run, **sail)
    assert told.count("rows identical") == len(PUBLISHED)
