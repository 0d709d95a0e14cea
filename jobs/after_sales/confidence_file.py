"""A CSV or Parquet file with one row for each decision of a model, as arrays: the outside data of abstention."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from jobs.errors import UserError
from jobs.storage.outside_file import OutsideFile, labels, opened, quoted

MOST_CELLS = 50
YES, NO = ("1", "true"), ("0", "false")


@dataclass(frozen=True)
class ConfidenceColumns:
    """The names of the columns to read; None: there is none.

    Attributes:
        time: numbers, or days such as 2026-01-31, by which rows are put in order. The first sure row decides a case.
    """

    confidence: str
    wrong: str
    cell: str | None = None
    case: str | None = None
    time: str | None = None

    @property
    def named(self) -> list[str]:
        """The columns of which an empty value leaves a row out."""
        return [name for name in (self.confidence, self.wrong, self.cell, self.case, self.time) if name is not None]


@dataclass(frozen=True, eq=False)
class ConfidenceTable:
    """The rows of a file, in the order of time if it has one, (rows,) each.

    Attributes:
        all_rows: of the file; left_out: of them those with an empty value in a named column.
        confidence: doubles; wrong: bool; cell: texts, "all" without such a column; case: texts, None without one.
    """

    all_rows: int
    left_out: int
    confidence: np.ndarray
    wrong: np.ndarray
    cell: np.ndarray
    case: np.ndarray | None


def read_confidences(path: Path, columns: ConfidenceColumns) -> ConfidenceTable:
    """Return the rows of a CSV or Parquet file. Rows with an empty value in a named column are left out.

    Raises:
        UserError: the file or a column is missing, a column is named twice, a confidence is no number or infinite, or
            `wrong` has other values than 0 and 1 or false and true. No row is full, or there are too many cells.
    """
    if twice := sorted({name for name in columns.named if columns.named.count(name) > 1}):
        raise UserError(f"{twice[0]} is named twice; expected different columns")
    names = [name for name in (columns.cell, columns.case) if name]
    with opened(path, "one row for each decision", ("BIGINT", "DOUBLE", "VARCHAR"), names) as file:
        file.require_columns(columns.named)
        if not file.rows:
            raise UserError(f"{path} has no rows; expected one for each decision")
        if not file.has_numbers(columns.confidence):
            raise UserError(f"{path}: {columns.confidence} is {file.types[columns.confidence]}; expected numbers, the "
                            "larger the surer")
        found, rows = _full_rows(file, columns), file.rows
    if not len(found[columns.confidence]):
        raise UserError(f"{path}: no row has a value in each of {', '.join(columns.named)}; expected one or more")
    cell = labels(found[columns.cell]) if columns.cell else np.full(len(found[columns.wrong]), "all", object)
    if len(set(cell)) > MOST_CELLS:
        raise UserError(f"{path}: {columns.cell} has {len(set(cell)):,} values; expected at most {MOST_CELLS} cells")
    confidence = found[columns.confidence].to_numpy()
    if infinite := int(np.isinf(confidence).sum()):
        raise UserError(f"{path}: {columns.confidence} has {infinite:,} infinite values; expected finite numbers")
    return ConfidenceTable(rows, rows - len(cell), confidence, _wrong(path, columns.wrong, found), cell,
                           labels(found[columns.case]) if columns.case else None)


def _full_rows(file: OutsideFile, columns: ConfidenceColumns) -> dict[str, pa.ChunkedArray]:
    wanted = [f"CAST({quoted(columns.confidence)} AS DOUBLE) AS {quoted(columns.confidence)}",
              *map(quoted, columns.named[1:])]
    order = f" ORDER BY {quoted(columns.time)}" if columns.time else ""
    table = file.db.sql(f"SELECT {', '.join(wanted)} FROM outside WHERE {file.full(columns.named)}{order}"
                        ).to_arrow_table()
    return {name: table[name] for name in columns.named}


def _wrong(path: Path, name: str, found: dict[str, pa.ChunkedArray]) -> np.ndarray:
    words = np.array([word.strip().lower() for word in labels(found[name])], object)
    if stray := sorted(set(words) - {*YES, *NO}):
        raise UserError(f"{path}: {name} has the value {stray[0][:30]}; expected 0 and 1, or false and true")
    return np.isin(words, YES)
