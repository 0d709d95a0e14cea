"""Everything that a command prints passes here, so that no text from the data acts on the terminal.

tests/house_rules/printing.py forbids other ways to print.
"""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import NamedTuple, TextIO

from jobs.runtime import live_line, terminal
from jobs.runtime.process_exit import PREFIX
from jobs.runtime.terminal_text import visible, wrapped

# Lines for a person begin with this prefix. The runner shows these lines and writes all others to a log.
LOG_PREFIX = PREFIX
INDENT = " " * 9
COLOURS = {"red": "31", "bold red": "1;31", "yellow": "33"}


class Coloured(NamedTuple):
    """A text in a colour of `COLOURS`; without colours in the terminal, the text alone."""

    text: str
    colour: str


def log(text: str) -> None:
    """Print a line for a person. A terminal gets lines that fit its width, a program gets one line."""
    message(f"{LOG_PREFIX}{text}")


def message(text: str, indent: str = INDENT) -> None:
    """Print a message without a prefix. A terminal gets lines that fit its width, a program gets one line."""
    _message(sys.stdout, text, indent)


def error(text: str) -> None:
    """Print a failure on standard error. Its line breaks stay."""
    _message(sys.stderr, f"{LOG_PREFIX}{text}", INDENT, keep="\n")


def warn(text: str) -> None:
    """Print a warning on standard error, beside a result on standard output."""
    _message(sys.stderr, f"{LOG_PREFIX}warning, {text}", INDENT)


def show(*parts: str | Coloured) -> None:
    """Print a text as it is laid out, parts of it in colours."""
    coloured = terminal.has_colours(sys.stdout)
    _write(sys.stdout, "".join(_part(part, coloured) for part in parts))


@contextmanager
def shown() -> Iterator[None]:
    """Print what a library writes to standard output in the block, line by line."""
    lines = _Lines(sys.stdout)
    with redirect_stdout(lines):
        yield
    lines.end()


def fitted(text: str, indent: str = INDENT) -> str:
    """Return a text in lines no wider than the terminal, all but the first indented. Words stay whole."""
    return "\n".join(line for each in text.split("\n") for line in wrapped(each, terminal.width(), indent))


@contextmanager
def timed(label: str) -> Iterator[None]:
    """Log how long the block took. A terminal shows the seconds meanwhile."""
    began = time.monotonic()
    with live_line.working(label):
        yield
    log(f"{label}: {time.monotonic() - began:.1f} s")


class _Lines(io.TextIOBase):
    """A stream that prints complete lines to another stream."""

    def __init__(self, stream: TextIO):
        self._stream, self._rest = stream, ""

    def write(self, text: str) -> int:
        *lines, self._rest = f"{self._rest}{text}".split("\n")
        for line in lines:
            _write(self._stream, visible(line))
        return len(text)

    def end(self) -> None:
        if self._rest:
            self.write("\n")


def _part(part: str | Coloured, coloured: bool) -> str:
    if isinstance(part, str):
        return visible(part, keep="\n")
    text = visible(part.text)
    return f"\x1b[{COLOURS[part.colour]}m{text}\x1b[0m" if coloured else text


def _message(stream: TextIO, text: str, indent: str, keep: str = "") -> None:
    text = visible(text.rstrip("\n") if keep else " ".join(text.split("\n")).rstrip(), keep)
    _write(stream, fitted(text, indent) if stream.isatty() else text)


def _write(stream: TextIO, text: str) -> None:
    with live_line.lines_above():
        # One write: steps that run in parallel must not share a line.
        stream.write(f"{text}\n")
        stream.flush()
