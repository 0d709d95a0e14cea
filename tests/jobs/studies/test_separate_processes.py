"""Calls in processes of their own: results in order, a second try for one that hangs, a sentence for one that fails."""

import time
from pathlib import Path

import pytest

from jobs.errors import UserError
from jobs.studies.separate_processes import results

pytestmark = pytest.mark.slow


def doubled(number: int) -> int:
    return 2 * number


def hangs_once(trace: Path) -> str:
    if not trace.exists():
        trace.touch()
        time.sleep(600)
    return "second try"


def hangs(_: int) -> None:
    time.sleep(600)


def fails(_: int) -> None:
    raise SystemExit(3)


def test_results_are_in_the_order_of_arguments(tmp_path):
    assert results(doubled, [(3,), (1,), (2,)], tmp_path, 2, 60) == [6, 2, 4]


def test_a_process_that_hangs_is_started_once_more(tmp_path, capsys):
    assert results(hangs_once, [(tmp_path / "trace",)], tmp_path, 1, 4) == ["second try"]
    assert "try 1 of 2" in capsys.readouterr().out


@pytest.mark.parametrize(("call", "seconds", "code"), [(fails, 60, 3), (hangs, 2, -9)])
def test_a_call_that_cannot_end_well_is_named(tmp_path, call, seconds, code):
    with pytest.raises(UserError, match=rf"{call.__name__}\(7,\): the process ended with code {code}"):
        results(call, [(7,)], tmp_path, 1, seconds)
