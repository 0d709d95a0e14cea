"""Reads losses of outside data: a table with a row a verdict, as CSV or Parquet, or a ready triangle as CSV."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.errors import UserError
from jobs.ledger.risk_development import Verdicts


def read_verdicts(file: Path, incurred: str, reported: str, amount: str, group: str | None) -> dict[str, Verdicts]:
    """Return the verdicts of a table by group; without a group column by the empty name.

    Days are YYYY-MM-DD, also with a time behind it, or Parquet's dates and timestamps.

    Raises:
        UserError: the file or a column is missing, the file has no row, or a value is no day or number.
    """
    names = [incurred, reported, amount, *([group] if group else [])]
    table = _table(file, names)
    if not len(table):
        raise UserError(f"{file}: no row below the names of the columns; expected one or more")
    days = {name: _days(file, name, table[name]) for name in (incurred, reported)}
    money = _numbers(file, amount, table[amount])
    labels = np.array(_texts(file, group, table[group]) if group else [""] * len(table), object)
    return {label: Verdicts(days[incurred][labels == label], days[reported][labels == label], money[labels == label])
            for label in sorted(set(labels))}


def read_triangle(file: Path) -> tuple[list[str], np.ndarray]:
    """Return the names of the periods and the cumulative (periods, ages) triangle, NaN where a cell is empty.

    The first line names the ages, and the first cell of each other line its period.

    Raises:
        UserError: the file is missing, has no period, or a cell is no number.
    """
    try:
        lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as failure:
        raise UserError(f"{file}: cannot be read as text ({failure}); expected a CSV file") from None
    ages = len(lines[0]) - 1 if lines else 0
    rows = [(number, line) for number, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)]
    if ages < 1 or not rows:
        raise UserError(f"{file}: no triangle; expected a first line with the names of the ages, and below it a line "
                        "per period with its name and its cumulative losses")
    triangle = np.full((len(rows), ages), np.nan)
    for row, (number, line) in enumerate(rows):
        if len(line) > ages + 1:
            raise UserError(f"{file}, line {number}: {len(line)} cells; expected at most the {ages + 1} of the first "
                            "line")
        for age, cell in enumerate(line[1:]):
            if cell.strip():
                triangle[row, age] = _number(cell, f"{file}, line {number}, column {lines[0][age + 1]!r}")
    return [line[0] for _, line in rows], triangle


def _table(file: Path, names: Sequence[str]) -> pa.Table:
    """Return some columns of a file; those of a CSV file as texts."""
    try:
        if file.suffix == ".parquet":
            _require(file, names, pq.read_schema(file).names)
            return pq.read_table(file, columns=list(dict.fromkeys(names)))
        with pacsv.open_csv(file) as opened:
            _require(file, names, opened.schema.names)
        return pacsv.read_csv(file, convert_options=pacsv.ConvertOptions(
            include_columns=list(dict.fromkeys(names)), column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True))
    except (OSError, pa.ArrowInvalid) as failure:
        reason = str(failure).splitlines()[0].rstrip(".")
        raise UserError(f"{file}: cannot be read ({reason}); expected a CSV file with the names of its columns in the "
                        "first line, or a .parquet file") from None


def _require(file: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    for name in names:
        if columns.count(name) != 1:
            raise UserError(f"{file}: {'no' if name not in columns else 'more than one'} column {name!r}; its columns "
                            f"are {', '.join(columns)}")


def _days(file: Path, name: str, column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        _require_full(file, name, column)
        return column.to_numpy().astype("datetime64[D]")
    texts = _texts(file, name, column)
    days = np.empty(len(texts), "datetime64[D]")
    for row, text in enumerate(texts):
        try:
            days[row] = np.datetime64(text.strip()[:10], "D")
            valid = len(text.strip()) >= 10 and not np.isnat(days[row])
        except ValueError:
            valid = False
        if not valid:
            raise UserError(f"{file}, row {row + 1}: {name} is {text!r}; expected a day as YYYY-MM-DD")
    return days


def _numbers(file: Path, name: str, column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.array([_number(text, f"{file}, row {row}: {name}") for row, text in
                         enumerate(_texts(file, name, column), 1)])
    _require_full(file, name, column)
    try:
        return column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"{file}: {name} is of type {column.type}; expected numbers") from None


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{where} is {text!r}; expected a number such as 1250.50, without separators of thousands")
    return number


def _texts(file: Path, name: str, column: pa.ChunkedArray) -> list[str]:
    _require_full(file, name, column)
    return [str(value) for value in column.to_pylist()]


def _require_full(file: Path, name: str, column: pa.ChunkedArray) -> None:
    if column.null_count:
        row = column.is_null().to_pylist().index(True) + 1
        raise UserError(f"{file}, row {row}: {name} is empty, in {column.null_count} of {len(column)} rows; expected a "
                        "value in every row")
