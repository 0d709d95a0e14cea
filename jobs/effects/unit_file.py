"""A CSV or Parquet file with a row a unit, read as arrays: the outside data of an experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.effects.clustered import cluster_codes
from jobs.errors import UserError
from jobs.storage.outside_file import NUMBERS, OutsideFile, label, opened, quoted

WHOLE = tuple(name for name in NUMBERS if name.endswith(("INT", "INTEGER")))
MOST_ARMS = 20


@dataclass(frozen=True)
class UnitColumns:
    """The names of the columns to read; those that may be None are read if they are named.

    Attributes:
        region, day: of a switchback, whose rows are a region and a day.
    """

    arm: str
    metric: str
    denominator: str | None = None
    covariates: Sequence[str] = ()
    cluster: str | None = None
    region: str | None = None
    day: str | None = None

    @property
    def numbers(self) -> list[str]:
        """Columns that hold numbers, in the order of the metric, the denominator and the covariates."""
        return [self.metric, *filter(None, [self.denominator]), *self.covariates]

    @property
    def names(self) -> list[str]:
        """All columns."""
        return [self.arm, *self.numbers, *filter(None, [self.cluster, self.region, self.day])]


@dataclass(frozen=True)
class Units:
    """The units of a file.

    Attributes:
        rows: how many the file has; left_out: how many of them have a null in a column that is read.
        arm: (units,) labels as text; whole numbers without a decimal point.
        numbers: (units,) floats of each column of `UnitColumns.numbers`.
        clusters: (units,) codes from 0 up, or None.
        region: (units,) labels, or None; day: (units,) whole numbers, or None.
    """

    rows: int
    left_out: int
    arm: np.ndarray
    numbers: Mapping[str, np.ndarray]
    clusters: np.ndarray | None
    region: np.ndarray | None = None
    day: np.ndarray | None = None


def read_units(path: Path, columns: UnitColumns) -> Units:
    """Return the units of a CSV or Parquet file. Rows with a null or NaN in a column that is read are left out.

    Raises:
        UserError: the file is missing or neither CSV nor Parquet, a column is missing, named twice or not numeric, a
            number is infinite, the arm has more than `MOST_ARMS` values, or the day is no day.
    """
    with opened(path, "a row a unit", names=_names(columns)) as file:
        file.require_columns(columns.names)
        _require_numbers(file, columns)
        return _read(file, columns)


def _names(columns: UnitColumns) -> list[str]:
    """Return the column that is read as text: the cluster, unless it is a number of the analysis too."""
    return [columns.cluster] if columns.cluster and columns.cluster not in (columns.arm, *columns.numbers) else []


def _require_numbers(file: OutsideFile, columns: UnitColumns) -> None:
    named = [columns.arm, *columns.numbers]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UserError(f"{twice[0]} is named twice; expected an arm, a metric, a denominator and covariates that "
                        "are different columns")
    if columns.day and (kind := file.types[columns.day]) != "DATE" and not kind.startswith(WHOLE):
        raise UserError(f"{file.path}: {columns.day} is no day, its type is {kind}{_example(file, columns.day)}; "
                        "expected days such as 2026-01-31, or whole numbers")
    for name in columns.numbers:
        if file.has_numbers(name) or file.types[name] == "BOOLEAN":
            continue
        if not file.db.sql(f"SELECT 1 FROM outside WHERE {quoted(name)} IS NOT NULL LIMIT 1").fetchall():
            raise UserError(f"{file.path}: {name} is empty in every row; expected numbers")
        raise UserError(f"{file.path}: {name} is not numeric, its type is {file.types[name]}"
                        f"{_example(file, name)}; expected numbers and empty values")


def _example(file: OutsideFile, name: str) -> str:
    text = f"CAST({quoted(name)} AS VARCHAR)"
    found = file.db.sql(f"SELECT {text} FROM outside WHERE {quoted(name)} IS NOT NULL "
                        f"AND TRY_CAST({text} AS DOUBLE) IS NULL LIMIT 1").fetchall()
    return f" with values such as {found[0][0][:30]!r}" if found else ""


def _read(file: OutsideFile, columns: UnitColumns) -> Units:
    db, path = file.db, file.path
    numbers = [f"CAST({quoted(name)} AS DOUBLE) AS n{place}" for place, name in enumerate(columns.numbers)]
    others = [f"CAST({quoted(columns.cluster)} AS VARCHAR) AS cluster"] if columns.cluster else []
    # A day is the number of days since 1970, as in Arrow.
    days = f"{quoted(columns.day)} - DATE '1970-01-01'" if file.types.get(columns.day) == "DATE" else None
    others += [f"CAST({days or quoted(columns.day)} AS BIGINT) AS day"] if columns.day else []
    others += [f"CAST({quoted(columns.region)} AS VARCHAR) AS region"] if columns.region else []
    db.sql(f"SELECT {quoted(columns.arm)} AS arm, {', '.join(numbers + others)} FROM outside "
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
    codes = cluster_codes(table["cluster"].to_numpy())[0] if columns.cluster else None
    return Units(rows, rows - len(table), arm, found, codes,
                 table["region"].to_numpy().astype(str) if columns.region else None,
                 table["day"].to_numpy() if columns.day else None)

