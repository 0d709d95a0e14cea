"""Runs steps in one process and kills itself at a point of their work on the lake, as a power cut would.

    python tests/support/crash_injection.py after_committing ingest , validate --stage events -- \\
        --ds 2026-11-20 --run-id r1

A comma parts the steps; what follows `--` goes to each. At the point `never`, all of them end well.
"""

import importlib
import os
import signal
import sys

from jobs.storage.lake import Lake

POINTS = ("before_writing", "after_writing", "after_committing")


def die(*_, **__):
    """No handler runs, nothing is flushed, nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(act):
    """The same, and death at its first return."""
    def acting(*args, **kwargs):
        act(*args, **kwargs)
        die()
    return acting


def die_at(point: str) -> None:
    if point == "before_writing":
        Lake.write = Lake.write_table = die
    elif point == "after_writing":
        Lake.write, Lake.write_table = then_die(Lake.write), then_die(Lake.write_table)
    elif point == "after_committing":
        Lake.commit = then_die(Lake.commit)
    elif point != "never":
        raise SystemExit(f"{point} is not one of {POINTS}")


def split(words: list[str], mark: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        parts[-1].append(word) if word != mark else parts.append([])
    return parts


if __name__ == "__main__":
    point = sys.argv[1]
    steps, (shared,) = split(sys.argv[2:], "--")[0], split(sys.argv[2:], "--")[1:]
    die_at(point)
    for job, *arguments in split(steps, ","):
        importlib.import_module(f"jobs.{job}").main([*arguments, *shared])
    if point != "never":
        raise SystemExit(f"the steps ended without reaching {point}")
