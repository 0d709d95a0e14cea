"""Lines that a person who watches a run sees."""

import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.runtime.process_exit import PREFIX

# Lines that a person should see begin with this; the runner shows them and keeps the rest in a log.
LOG_PREFIX = PREFIX


def log(text: str) -> None:
    """Tell the person who watches the run. A terminal is told in lines that fit it, a program in one line."""
    text = f"{LOG_PREFIX}{' '.join(text.splitlines())}"
    # One write: steps that work side by side must not share a line.
    sys.stdout.write(f"{fitted(text) if sys.stdout.isatty() else text}\n")
    sys.stdout.flush()


def width() -> int:
    """Columns of the terminal, or 100 where there is none."""
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def fitted(text: str, indent: str = "         ") -> str:
    """A text in lines no wider than the terminal, the second and every later one indented. Words stay whole."""
    return "\n".join(textwrap.fill(line, width(), subsequent_indent=indent, break_long_words=False,
                                   break_on_hyphens=False, replace_whitespace=False) for line in text.splitlines())


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long the block took."""
    began = time.monotonic()
    yield
    log(f"{what}: {time.monotonic() - began:.1f} s")
