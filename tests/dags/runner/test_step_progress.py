"""Log lines of steps, as a terminal and as a file show them."""

import pytest

from dags.runner import step_progress
from tests.support.pseudo_terminal import shown

LINES = ["[start] ingest: python -m jobs.ingest --ds 2026-11-20 --run-id manual__2026", "orders, 1 day: 12 rows",
         "[done] ingest: 0.3 s", "[start] score: python -m jobs.score", "[done] score: 0.7 s",
         "[start] publish: python -m jobs.publish", "[failed] publish: no rows"]

SHOW = f"""
from dags.runner.step_progress import StepProgress
from jobs.runtime import live_line
with live_line.working("Airflow") as work:
    progress = StepProgress(work)
    for line in {LINES!r}:
        progress.show(line)
"""
ENDS = ["      orders, 1 day: 12 rows", "  [done] ingest: 0.3 s", "  [done] score: 0.7 s",
        "  [failed] publish: no rows"]


def test_without_a_terminal_each_step_has_a_line_at_its_start_and_its_end():
    _, text = shown(SHOW, TERM="dumb")
    assert text.splitlines() == ["  [start] ingest", ENDS[0], ENDS[1], "  [start] score", ENDS[2], "  [start] publish",
                                 ENDS[3]]


def test_a_terminal_names_the_running_step_and_keeps_the_start_of_those_that_log():
    _, text = shown(SHOW)
    assert all(f"\r\x1b[K  {step}: 0 s" in text for step in ("Airflow", "ingest", "score", "publish"))
    kept = [line.rsplit("\x1b[K", 1)[-1] for line in text.split("\n")]
    assert [line for line in kept if line] == ["  [start] ingest", *ENDS]


@pytest.mark.parametrize(("line", "expected"), [
    ("[done] user-refund_abuse.train: 12.5 s", ("user-refund_abuse.train", 12.5)), ("[start] ingest: python", None),
    ("orders: 3 s", None)])
def test_the_seconds_of_a_step_are_in_its_last_line(line, expected):
    assert step_progress.seconds_of(line) == expected
