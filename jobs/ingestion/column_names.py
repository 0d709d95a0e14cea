"""Names of columns as files write them: blanks around a name and its case say nothing."""

from collections.abc import Iterable

UNNAMED = "unnamed"


def folded(name: str) -> str:
    """The column that a name stands for. A name of nothing but blanks stands for none that a contract has."""
    return name.strip().casefold() or UNNAMED


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand for the same column as another one, in order."""
    by_column: dict[str, list[str]] = {}
    for name in names:
        by_column.setdefault(folded(name), []).append(name)
    return [name for same in by_column.values() if len(same) > 1 for name in same]
