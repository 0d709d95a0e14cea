"""Names of columns as files write them: blanks around a name and its case say nothing."""

from collections.abc import Iterable

UNNAMED = "unnamed"


def folded(name: str) -> str:
    """The column that a name stands for. A name of nothing but blanks stands for none that a contract has."""
    # Spark finds the Turkish letters alike to i, as Java's equalsIgnoreCase does.
    return name.strip().replace("\u0130", "i").upper().casefold() or UNNAMED


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand for the same column as another one, in order."""
    by_column: dict[str, list[str]] = {}
    for name in names:
        by_column.setdefault(folded(name), []).append(name)
    return [name for same in by_column.values() if len(same) > 1 for name in same]
