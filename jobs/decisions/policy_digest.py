"""Versions: hashes of what a file of policies means, whatever its spelling."""

import hashlib
import json
import re
from collections.abc import Mapping

# A text with one of these has tokens that the expression below does not know: it counts as it is written.
UNSPLIT = re.compile(r"--|/\*|[$\\]")
# A quoted text with the letters before it, a name or a number, a single sign, or a run of operator signs.
TOKEN = re.compile(r"""[\w.]*'(?:[^']|'')*'|"(?:[^"]|"")*"|[\w.]+|[()\[\],;]|[^\w\s'"()\[\],;]+|\S""")


def digest(meaning: object) -> str:
    """Return twelve hex digits of a hash of lists, dictionaries, numbers and texts."""
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def number(value: float) -> float:
    """Return the one spelling of a number: 1 and 1.0 are equal, and so are 0 and -0.0."""
    return float(value) + 0.0


def numbers(values: Mapping[str, float]) -> dict[str, float]:
    """Return the one spelling of each number."""
    return {name: number(value) for name, value in values.items()}


def tokens(sql: str) -> list[str]:
    """Return the words and signs of an expression, so that blanks and line breaks do not count."""
    return [sql.strip()] if UNSPLIT.search(sql) else TOKEN.findall(sql)
