"""What the last step of a night tidies beside the lake."""

import os
import time

import pytest

from jobs import vacuum
from jobs.settings import load_settings

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

DAY_SECONDS = 86400


def test_logs_go_once_no_run_can_be_repeated_from_their_day(tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    assert vacuum.old_logs(config, keep_days=35) == 0
    (tmp_path / "spark").mkdir()
    for name, days in (("old.log", 36), ("young.log", 34), ("old.json", 36)):
        file = tmp_path / "spark" / name
        file.touch()
        then = time.time() - days * DAY_SECONDS
        os.utime(file, (then, then))
    assert vacuum.old_logs(config, keep_days=35) == 1
    assert sorted(left.name for left in (tmp_path / "spark").iterdir()) == ["old.json", "young.log"]
