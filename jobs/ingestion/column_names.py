"""Names of columns in files. Blanks around a name, and upper and lower case, are ignored."""

from collections.abc import Iterable

UNNAMED = "unnamed"


def folded(name: str) -> str:
    """Return the column that a name stands for; a blank name becomes `unnamed`, which no contract has."""
    # Spark equates the Turkish letters with i, like Java's equalsIgnoreCase.
    return name.strip().replace("\u0130", "i").upper().casefold() or UNNAMED


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that stand for the same column as another name, in order."""
    by_column: dict[str, list[str]] = {}
    for name in names:
        by_column.setdefault(folded(name), []).append(name)
    return [name for same in by_column.values() if len(same) > 1 for name in same]
