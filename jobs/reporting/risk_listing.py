"""A terminal's table of risky rows, within its width: reasons stand under each other, levels are in colour."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jobs.runtime.console import Coloured
from jobs.runtime.terminal_text import cell_count, padded, visible, wrapped

LEVEL_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow"}
SHORTEST_ID, LONGEST_ID = 12, 36  # cells of the column of ids; a UUID has 36
SCORE = 7
LEAST_REASON = 80  # cells that reasons need beside the rest of a row; otherwise they stand below it
INDENT = "    "


class RiskyRow(NamedTuple):
    """A row of a risk table."""

    id: str
    score: float
    level: str
    risk: str
    confirmed_risk: str | None
    reasons: Sequence[str]

    def lines(self) -> list[str]:
        """Return the reasons, and a confirmed risk, each for a line of its own."""
        confirmed = [f"confirmed: {self.confirmed_risk}"] if self.confirmed_risk else []
        return [visible(line) for line in (*self.reasons, *confirmed)]


class Columns(NamedTuple):
    """Widths of a listing's columns in cells, gaps included.

    Attributes:
        id: 0 in a terminal too narrow for columns, where an id has a line of its own.
        reasons: of the reasons beside a row; 0 where they stand below.
        width: of the whole listing.
    """

    id: int
    level: int
    risk: int
    reasons: int
    width: int


def listing(entity: str, rows: Sequence[RiskyRow], width: int) -> list[str | Coloured]:
    """Return a table of the rows as parts of a text, none of its lines wider than `width` cells.

    An id that is wider than its column has a line of its own, or several.
    """
    columns = _columns(rows, width)
    parts: list[str | Coloured] = [_head(entity, columns)]
    for row in rows:
        parts += [*_row(row, columns), *_reasons(row, columns)]
    return parts


def _columns(rows: Sequence[RiskyRow], width: int) -> Columns:
    level = max(len("level"), *(cell_count(row.level) for row in rows)) + 2
    risk = max(len("risk"), *(cell_count(row.risk) for row in rows))
    others = SCORE + 2 + level + risk
    if SHORTEST_ID + others > width:
        return Columns(0, 0, 0, 0, width)
    longest = max(SHORTEST_ID, *(cell_count(visible(row.id)) for row in rows))
    ids = min(longest, LONGEST_ID, width - others)
    reasons = width - ids - others - 2
    return Columns(ids, level, risk + 2, reasons if reasons >= LEAST_REASON else 0, width)


def _head(entity: str, columns: Columns) -> str:
    if not columns.id:
        return f"{entity}: score, level, risk"
    head = f"{padded(entity, columns.id)}{'score':>{SCORE}}  {'level':<{columns.level}}{'risk':<{columns.risk}}"
    return f"{head}reasons" if columns.reasons else head.rstrip()


def _row(row: RiskyRow, columns: Columns) -> Iterator[str | Coloured]:
    """Yield the parts of a row without reasons, the first with a line break before it."""
    name = visible(row.id)
    level = Coloured(row.level, LEVEL_COLOURS[row.level]) if row.level in LEVEL_COLOURS else row.level
    if cell_count(name) > columns.id:
        for line in wrapped(name, columns.width, break_words=True):
            yield f"\n{line}"
        name = ""
    if not columns.id:
        yield from (f"\n{INDENT}{row.score:.3f}  ", level, f"  {row.risk}")
        return
    yield f"\n{padded(name, columns.id)}"
    yield from (f"{row.score:>{SCORE}.3f}  ", level, " " * (columns.level - cell_count(row.level)), row.risk)


def _reasons(row: RiskyRow, columns: Columns) -> Iterator[str]:
    """Yield the parts that name a row's reasons under each other."""
    if columns.reasons:
        reasons = [line for each in row.lines() for line in wrapped(each, columns.reasons, "  ", break_words=True)]
        yield " " * (columns.risk - cell_count(row.risk))
        yield f"\n{' ' * (columns.width - columns.reasons)}".join(reasons or ["-"])
        return
    for each in row.lines():
        for line in wrapped(f"{INDENT}{each}", columns.width, f"{INDENT}  ", break_words=True):
            yield f"\n{line}"
