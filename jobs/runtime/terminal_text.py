"""Text for a terminal: without characters that act on it, and measured in its cells."""

import re
import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

# Unicode categories of characters that a terminal obeys or hides: control, format (bidirectional marks among them),
# surrogate, line separator, paragraph separator.
ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Format characters that only shape the letters beside them: the non-joiner and joiner of scripts and emoji.
JOINERS = "\u200c\u200d"
SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def visible(text: str, keep: str = "") -> str:
    """Return a text in which each character that acts on a terminal is an escape such as `\\x1b` or `\\u202e`.

    Args:
        keep: characters that stay as they are, such as a line break.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep or not _acts(char) else _escape(char) for char in text)


def _acts(char: str) -> bool:
    return unicodedata.category(char) in ACTING and char not in JOINERS


def _escape(char: str) -> str:
    code = ord(char)
    return SHORT.get(char) or (f"\\x{code:02x}" if code < 0x100 else
                               f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def cell_count(text: str) -> int:
    """Return how many cells of a terminal a text takes. Wide characters take two, combining marks none."""
    return cell_len(text)


def padded(text: str, cells: int) -> str:
    """Return a text with blanks up to a number of cells."""
    return text + " " * (cells - cell_len(text))


def aligned(rows: Sequence[Sequence[str]], left: int = 0) -> str:
    """Return rows of cells as lines with columns of equal width, two blanks apart.

    Args:
        rows: of equal length, the heads first.
        left: how many columns begin at the left; the others end at the right, as numbers do.
    """
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(cell_count(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        blanks = [" " * (width - cell_count(cell)) for cell, width in zip(row, widths)]
        lines.append("  ".join(cell + blank if column < left else blank + cell for column, (cell, blank) in
                               enumerate(zip(row, blanks))).rstrip())
    return "\n".join(lines)


def wrapped(text: str, cells: int, indent: str = "", break_words: bool = False) -> list[str]:
    """Return one line of text as lines of at most `cells` cells. Blanks inside a line stay.

    Args:
        indent: what all lines but the first begin with.
        break_words: whether a word longer than a line is broken; otherwise it stays whole, to be copied.
    """
    lines, line, is_empty = [], "", True
    for gap, word in re.findall(r"( *)([^ ]+)", text):
        if not is_empty and cell_len(line + gap + word) > cells:
            lines.append(line)
            line, gap, is_empty = indent, "", True
        if break_words and cell_len(line + gap + word) > cells:
            *full, word = chop_cells(word, max(1, cells - cell_len(max(line + gap, indent, key=cell_len))))
            for part in full:
                lines.append(line + gap + part)
                line, gap = indent, ""
        line, is_empty = line + gap + word, False
    return [*lines, line]
