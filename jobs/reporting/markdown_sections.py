"""Sections of a Markdown page that commands write: the text between `<!-- name -->` and `<!-- /name -->`.

A person writes the page around the sections. A command replaces its own section and leaves the rest unchanged.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from jobs.errors import UserError

MARKER = re.compile(r"^<!-- (?P<end>/?)(?P<name>[a-z][a-z0-9-]*) -->[ \t]*$", re.MULTILINE)


def write_section(path: Path, name: str, text: str) -> None:
    """Replace the text between the two markers of a section, or append the section to a page that lacks it.

    Args:
        path: the page; a page that does not exist is created with this section alone.
        name: name of the section: lower-case letters, digits and hyphens.
        text: Markdown without markers; blank lines at its ends are removed.

    Raises:
        ValueError: the name is not a valid section name, or the text contains a marker.
        UserError: the page has a marker without its partner, a repeated section, or a section inside another.
    """
    if not MARKER.match(f"<!-- {name} -->") or MARKER.search(text):
        raise ValueError(f"{name}: expected a name of letters, digits and hyphens, and a text without markers")
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    sections = _sections(path, page)
    body = text.strip("\n")
    section = f"<!-- {name} -->\n{body}\n<!-- /{name} -->"
    if name in sections:
        start, end = sections[name]
        page = page[:start] + section + page[end:]
    else:
        above = page.rstrip("\n")
        page = f"{above}\n\n{section}\n" if above else f"{section}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def format_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table of a header and rows of cells."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _sections(path: Path, page: str) -> dict[str, tuple[int, int]]:
    """Return the start of the first marker and the end of the last marker of every section, by name.

    Raises:
        UserError: the markers of the page are unbalanced.
    """
    sections: dict[str, tuple[int, int]] = {}
    begun: re.Match | None = None
    for marker in MARKER.finditer(page):
        name = marker["name"]
        if marker["end"]:
            if begun is None or begun["name"] != name:
                raise _unbalanced(path, page, marker, f"expected `<!-- {name} -->` above it")
            sections[name] = begun.start(), marker.end()
            begun = None
        elif begun is not None:
            raise _unbalanced(path, page, begun, f"expected `<!-- /{begun['name']} -->` before the next section")
        elif name in sections:
            raise _unbalanced(path, page, marker, "expected each section once")
        else:
            begun = marker
    if begun is not None:
        raise _unbalanced(path, page, begun, f"expected `<!-- /{begun['name']} -->` below it")
    return sections


def _unbalanced(path: Path, page: str, marker: re.Match, expected: str) -> UserError:
    line = page.count("\n", 0, marker.start()) + 1
    return UserError(f"{path}, line {line}: found `{marker.group().strip()}`; {expected}. "
                     "Nothing was written; mend the marker, then run the command again")
