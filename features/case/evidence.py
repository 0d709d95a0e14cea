"""The language of evidence: a named sign in a case that points to a party at fault, as data.

A sign is true, false or not known. It is not known without the columns and tables that it needs: a parcel without a
recorded weight is neither light nor heavy.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.case.definitions import PARTIES
from features.inputs.tables import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

STRENGTHS = ("weak", "medium", "strong")
PREFIX = "evidence_"
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
TEXT_OR_NAME = re.compile(r"'(?:[^']|'')*'|[a-z_][a-z0-9_]*", re.IGNORECASE)


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence.

    Attributes:
        condition: Spark SQL over the feature row of a case, true where the evidence is there.
        points_to: the party that the evidence speaks against, one of PARTIES.
        strength: weak, medium or strong, as a person judges it; `jobs.after_sales.evidence_rates` measures it.
        needs: columns of the row, or input tables, without which the evidence is not known.
        meaning: what a reader of a case is shown.
    """

    name: str
    condition: str
    points_to: str
    strength: str
    needs: tuple[str, ...]
    meaning: str

    @property
    def column(self) -> str:
        """The name of the evidence's column."""
        return f"{PREFIX}{self.name}"

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """What it needs besides input tables."""
        return tuple(need for need in self.needs if need not in TABLES)

    @property
    def needed_tables(self) -> tuple[str, ...]:
        """The input tables that it needs."""
        return tuple(need for need in self.needs if need in TABLES)


def validate_evidence(evidence: Sequence[Evidence], columns: Collection[str]) -> None:
    """Check definitions against the columns of a case's feature row.

    Raises:
        ValueError: the first error, with the name of the evidence.
    """
    error = next(_errors(evidence, columns), None)
    if error:
        raise ValueError(f"evidence: {error}")


def with_evidence(rows: "DataFrame", evidence: Sequence[Evidence], tables: Collection[str]) -> "DataFrame":
    """Return the rows with a boolean column for each piece of evidence: null where something that it needs is missing.

    Args:
        rows: feature rows of cases. A column that the rows lack counts as null.
        tables: the input tables that are there.
    """
    from pyspark.sql import functions as F

    found = {}
    for each in evidence:
        is_there = set(each.needed_tables) <= set(tables) and set(each.needed_columns) <= set(rows.columns)
        needed = " AND ".join([f"`{column}` IS NOT NULL" for column in each.needed_columns] or ["true"])
        value = f"CASE WHEN {needed} THEN ({each.condition}) END" if is_there else "NULL"
        found[each.column] = F.expr(f"CAST({value} AS boolean)")
    return rows.withColumns(found) if found else rows


def _errors(evidence: Sequence[Evidence], columns: Collection[str]) -> Iterator[str]:
    twice = sorted(name for name, count in Counter(each.name for each in evidence).items() if count > 1)
    if twice:
        yield f"defined twice: {', '.join(twice)}"
    for each in evidence:
        yield from (f"{each.name} {error}" for error in _errors_of(each, columns))


def _errors_of(each: Evidence, columns: Collection[str]) -> Iterator[str]:
    if not NAME.fullmatch(each.name):
        yield "is no name, expected small letters, digits and _, a letter first"
    if each.points_to not in PARTIES:
        yield f"points to {each.points_to!r}, expected one of {', '.join(PARTIES)}"
    if each.strength not in STRENGTHS:
        yield f"has the strength {each.strength!r}, expected one of {', '.join(STRENGTHS)}"
    if not each.meaning.strip():
        yield "has no meaning, expected a sentence for the readers of a case"
    used = set(_names(each.condition)) & set(columns)
    if unknown := sorted(set(each.needed_columns) - set(columns)):
        yield f"needs {', '.join(unknown)}, which is neither an input table nor a column of a case"
    if not used:
        yield f"has the condition {each.condition!r}, which reads no column of a case"
    if missing := sorted(used - set(each.needed_columns)):
        yield f"reads {', '.join(missing)} and does not need it; expected it in `needs`"


def _names(sql: str) -> Iterator[str]:
    """Yield the names in an expression, of columns and functions; texts in quotes are left out."""
    return (found for found in TEXT_OR_NAME.findall(sql) if not found.startswith("'"))
