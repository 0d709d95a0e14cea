"""Text as somebody lands it who wants to write on another person's terminal."""

import re

# Colours, a window title, a bell, C1's own escape, DEL, bidirectional marks, line separators, a carriage return.
HOSTILE = "\x1b[31ma\x1b]0;title\x07b\x9b2Jc\x7fd\u202ee\u2066f\u2028g\x85h\ri"
SHOWN = r"\x1b[31ma\x1b]0;title\x07b\x9b2Jc\x7fd\u202ee\u2066f\u2028g\x85h\ri"

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def acting(text: str) -> list[str]:
    """The characters of a text that a terminal obeys; a line break is none."""
    return ACTING.findall(text)
