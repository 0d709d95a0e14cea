"""A CSV or Parquet file with a row a unit, read as arrays: the outside data of an experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.effects.clustered import cluster_codes
from jobs.errors import UserError
from jobs.storage.outside_file import OutsideFile, label, opened, quoted

NUMBERS = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
           "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
MOST_ARMS = 20


@dataclass(frozen=True)
class UnitColumns:
    """The names of the columns to read; clusters and denominator may be None."""

    arm: str
    metric: str
    denominator: str | None = None
    covariates: Sequence[str] = ()
    cluster: str | None = None

    @property
    def numbers(self) -> list[str]:
        """Columns that hold numbers, in the order of the metric, the denominator and the covariates."""
        return [self.metric, *filter(None, [self.denominator]), *self.covariates]

    @property
    def names(self) -> list[str]:
        """All columns."""
        return [self.arm, *self.numbers, *filter(None, [self.cluster])]


@dataclass(frozen=True)
class Units:
    """The units of a file.

    Attributes:
        rows: how many the file has; left_out: how many of them have a null in a column that is read.
        arm: (units,) labels as text; whole numbers without a decimal point.
        numbers: (units,) floats of each column of `UnitColumns.numbers`.
        clusters: (units,) codes from 0 up, or None.
    """

    rows: int
    left_out: int
    arm: np.ndarray
    numbers: Mapping[str, np.ndarray]
    clusters: np.ndarray | None


def read_units(path: Path, columns: UnitColumns) -> Units:
    """Return the units of a CSV or Parquet file. Rows with a null or NaN in a column that is read are left out.

    Raises:
        UserError: the file is missing or neither CSV nor Parquet, a column is missing, named twice or not numeric, a
            number is infinite, or the arm has more than `MOST_ARMS` values.
    """
    with opened(path, "a row a unit") as file:
        file.require_columns(columns.names)
        _require_numbers(file, columns)
        return _read(file, columns)


def _require_numbers(file: OutsideFile, columns: UnitColumns) -> None:
    named = [columns.arm, *columns.numbers]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UserError(f"{twice[0]} is named twice; expected an arm, a metric, a denominator and covariates that "
                        "are different columns")
    for name in columns.numbers:
        kind = file.types[name]
        if kind.startswith(NUMBERS) and not kind.endswith("]"):
            continue
        if not file.db.sql(f"SELECT 1 FROM outside WHERE {quoted(name)} IS NOT NULL LIMIT 1").fetchall():
            raise UserError(f"{file.path}: {name} is empty in every row; expected numbers")
        raise UserError(f"{file.path}: {name} is not numeric, its type is {kind}{_example(file, name)}; "
                        "expected numbers and empty values")


def _example(file: OutsideFile, name: str) -> str:
    text = f"CAST({quoted(name)} AS VARCHAR)"
    found = file.db.sql(f"SELECT {text} FROM outside WHERE {quoted(name)} IS NOT NULL "
                        f"AND TRY_CAST({text} AS DOUBLE) IS NULL LIMIT 1").fetchall()
    return f" with values such as {found[0][0][:30]!r}" if found else ""


def _read(file: OutsideFile, columns: UnitColumns) -> Units:
    db, path = file.db, file.path
    numbers = [f"CAST({quoted(name)} AS DOUBLE) AS n{place}" for place, name in enumerate(columns.numbers)]
    cluster = [f"CAST({quoted(columns.cluster)} AS VARCHAR) AS cluster"] if columns.cluster else []
    db.sql(f"SELECT {quoted(columns.arm)} AS arm, {', '.join(numbers + cluster)} FROM outside "
           f"WHERE {file.full(columns.names)}").create_view("chosen")
    rows = file.rows
    distinct = db.sql(f"SELECT DISTINCT arm FROM chosen LIMIT {MOST_ARMS + 1}").fetchall()
    if len(distinct) > MOST_ARMS:
        raise UserError(f"{path}: {columns.arm} has more than {MOST_ARMS} values; expected a few arms")
    table = db.sql("FROM chosen").to_arrow_table()
    found = {name: table[f"n{place}"].to_numpy() for place, name in enumerate(columns.numbers)}
    for name, values in found.items():
        if infinite := int(np.isinf(values).sum()):
            raise UserError(f"{path}: {name} has {infinite} infinite values; expected finite numbers")
    arm = np.array([label(value) for value in table["arm"].to_pylist()], object)
    codes = cluster_codes(table["cluster"].to_numpy())[0] if cluster else None
    return Units(rows, rows - len(table), arm, found, codes)

