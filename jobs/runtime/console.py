"""Lines that a run prints for a person."""

import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.runtime.process_exit import PREFIX

# Lines for a person begin with this prefix. The runner shows these lines and writes all others to a log.
LOG_PREFIX = PREFIX


def log(text: str) -> None:
    """Print a line for a person. A terminal gets lines that fit its width, a program gets one line."""
    text = f"{LOG_PREFIX}{' '.join(text.splitlines())}"
    # One write: steps that run in parallel must not share a line.
    sys.stdout.write(f"{fitted(text) if sys.stdout.isatty() else text}\n")
    sys.stdout.flush()


def width() -> int:
    """Return the columns of the terminal, at least 40; 100 without a terminal."""
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def fitted(text: str, indent: str = "         ") -> str:
    """Return a text in lines no wider than the terminal, all but the first indented. Words stay whole."""
    return "\n".join(textwrap.fill(line, width(), subsequent_indent=indent, break_long_words=False,
                                   break_on_hyphens=False, replace_whitespace=False) for line in text.splitlines())


@contextmanager
def timed(label: str) -> Iterator[None]:
    """Log how long the block took."""
    began = time.monotonic()
    yield
    log(f"{label}: {time.monotonic() - began:.1f} s")
