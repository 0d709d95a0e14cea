"""What the terminal of this process can do: its width, colours, and a line that is written again."""

import os
import shutil
from typing import TextIO

NARROWEST = 40
WITHOUT_TERMINAL = 100


def width() -> int:
    """Return the columns of the terminal, at least 40; 100 without a terminal."""
    return max(NARROWEST, shutil.get_terminal_size((WITHOUT_TERMINAL, 24)).columns)


def can_rewrite(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that obeys escape sequences. TERM=dumb says that it does not."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def has_colours(stream: TextIO) -> bool:
    """Return whether to colour a stream's text. NO_COLOR with any value forbids it (https://no-color.org)."""
    return can_rewrite(stream) and not os.environ.get("NO_COLOR")
