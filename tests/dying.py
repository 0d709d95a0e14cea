"""Runs one step and kills itself at a point of its work on the lake, as a power cut would.

    python tests/dying.py before_writing jobs.ingest --ds 2026-11-20 --run-id r1
"""

import importlib
import os
import signal
import sys

from jobs.lake import Lake

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


if __name__ == "__main__":
    point, module, *arguments = sys.argv[1:]
    if point == "before_writing":
        Lake.write = die
    elif point == "after_writing":
        Lake.write = then_die(Lake.write)
    elif point == "after_committing":
        Lake.commit = then_die(Lake.commit)
    else:
        raise SystemExit(f"{point} is not one of {POINTS}")
    importlib.import_module(module).main(arguments)
    raise SystemExit(f"{module} ended without reaching {point}")
