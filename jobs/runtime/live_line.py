"""The last line of a terminal during a run: the work in progress and its seconds, written again every second."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from jobs.runtime import process_exit, terminal
from jobs.runtime.terminal_text import visible

ERASE = "\r\x1b[K"  # to the beginning of the line, and clear it
SECONDS_BETWEEN_DRAWINGS = 1.0


class Work:
    """Work in progress. `now` names the next part of it, and its seconds begin again."""

    def __init__(self, label: str, stream: TextIO | None):
        self._stream = stream
        self._label, self._began = label, time.monotonic()

    @property
    def is_shown(self) -> bool:
        """Whether a terminal shows the work."""
        return self._stream is not None

    def now(self, label: str) -> None:
        """Name what is worked on from now on."""
        with _lock:
            self._label, self._began = label, time.monotonic()
            _draw()

    def line(self) -> str:
        """Return the line, narrower than the terminal: a terminal cannot erase a line that it has wrapped."""
        seconds = f": {time.monotonic() - self._began:.0f} s"
        label, room = visible(self._label), terminal.width() - len(seconds) - 3
        return f"  {set_cell_size(label, room) if cell_len(label) > room else label}{seconds}"


_lock = threading.RLock()
_works: list[Work] = []  # the last one is shown


@contextmanager
def working(label: str) -> Iterator[Work]:
    """Show work in progress as the last line of the terminal during the block. Without a terminal, show nothing."""
    if not terminal.can_rewrite(sys.stdout):
        yield Work(label, None)
        return
    work, ended = Work(label, sys.stdout), threading.Event()
    with _lock:
        _works.append(work)
        _draw()
    threading.Thread(target=_keep_drawing, args=(ended,), daemon=True).start()
    try:
        yield work
    finally:
        ended.set()
        with _lock:
            _erase()
            _works.remove(work)
            _draw()


@contextmanager
def lines_above() -> Iterator[None]:
    """Take the line away while the block prints other lines, which then stand above it."""
    with _lock:
        _erase()
        try:
            yield
        finally:
            _draw()


def _keep_drawing(ended: threading.Event) -> None:
    while not ended.wait(SECONDS_BETWEEN_DRAWINGS):
        with _lock:
            if not ended.is_set():
                _draw()


def _draw() -> None:
    # A signal's line is written past this module, and must not begin behind the drawn line.
    process_exit.line_start = ERASE if _works else ""
    if _works:
        _write(_works[-1], f"{ERASE}{_works[-1].line()}")


def _erase() -> None:
    if _works:
        _write(_works[-1], ERASE)


def _write(work: Work, text: str) -> None:
    work._stream.write(text)
    work._stream.flush()
