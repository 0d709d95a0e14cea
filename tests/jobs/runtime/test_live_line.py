"""The live line: in a terminal the work and its seconds, elsewhere nothing, and never in the way of other lines."""

import re

from tests.support.pseudo_terminal import shown

WORK = """
import sys, time
from jobs.runtime import console, live_line
live_line.SECONDS_BETWEEN_DRAWINGS = 0.1
with live_line.working("Airflow") as work:
    work.now(sys.argv[1] if len(sys.argv) > 1 else "ingest")
    time.sleep(1.3)
    console.log("12 rows")
print("end")
"""
ERASED = re.compile("[^\n]*\r\x1b\\[K")


def left(text: str) -> list[str]:
    """The lines that stay on the terminal."""
    return ERASED.sub("", text).splitlines()


def test_the_work_and_its_seconds_are_written_again_and_leave_no_trace():
    code, text = shown(WORK)
    assert code == 0 and "  ingest: 0 s" in text and "  ingest: 1 s" in text
    assert left(text) == ["vigil: 12 rows", "end"]


def test_the_line_stays_narrower_than_the_terminal():
    _, text = shown(WORK, 40, ["user-account_integrity.evaluate and more than fits"])
    lines = [line for line in re.split("\r\x1b\\[K|\n", text) if line.endswith(" s")]
    assert lines and max(map(len, lines)) < 40


def test_a_label_from_the_data_is_escaped():
    assert r"  \x1b[2Jx: 0 s" in shown(WORK, 80, ["\x1b[2Jx"])[1]


def test_a_dumb_terminal_gets_no_live_line():
    assert shown(WORK, TERM="dumb") == (0, "vigil: 12 rows\nend\n")


INTERRUPTED = """
import os, signal, sys, time
from jobs import step
from jobs.runtime import live_line
def main(argv):
    with live_line.working("ingest"):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
sys.exit(step.run(main))
"""


def test_an_interruption_is_a_line_of_its_own():
    code, text = shown(INTERRUPTED)
    assert code == 130
    assert left(text) == ["vigil: interrupted, ending what it started"]
