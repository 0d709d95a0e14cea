"""A CSV or Parquet file with a row a unit, read as arrays: the outside data of an experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np

from jobs.effects.clustered import cluster_codes
from jobs.errors import UserError
from jobs.runtime.plain_paths import plain_path
from jobs.storage.query import connect

NUMBERS = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
           "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
WHOLE = tuple(name for name in NUMBERS if name.endswith(("INT", "INTEGER")))
COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}  # first bytes of a file
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
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; expected a CSV or Parquet file with a row a unit")
    with connect() as db:
        try:
            _open(db, path)
            types = {name: str(kind) for name, kind, *_ in db.sql("DESCRIBE units").fetchall()}
            _require_columns(db, path, columns, types)
            return _read(db, path, columns, types)
        except duckdb.Error as failure:
            raise UserError(f"{path} cannot be read as CSV or Parquet: {_reason(failure)}") from None


def label(value: object) -> str:
    """Return an arm's name: a whole number without a decimal point, so that 1.0 of a column with nulls is 1."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float | Decimal) and float(value).is_integer() else str(value)


def _reason(failure: duckdb.Error) -> str:
    """Return the first paragraph of DuckDB's message in one line, without the line of the file that it quotes."""
    lines = str(failure).partition("\n\n")[0].splitlines()
    return "; ".join(line for line in lines if not line.startswith("Original Line"))


def _open(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4)
    name = str(plain_path(path.absolute()))  # DuckDB reads * and [ as patterns
    if head == b"PAR1":
        units = db.read_parquet(name)
    else:
        compression = next((kind for magic, kind in COMPRESSED.items() if head.startswith(magic)), "none")
        # All rows decide on the types: a word in the last row makes a column text.
        units = db.read_csv(name, header=True, sample_size=-1, compression=compression)
    units.create_view("units")


def _require_columns(db: duckdb.DuckDBPyConnection, path: Path, columns: UnitColumns,
                     types: Mapping[str, str]) -> None:
    if missing := [name for name in columns.names if name not in types]:
        raise UserError(f"{path} has no column {' and no column '.join(missing)}; it has {', '.join(types)}")
    named = [columns.arm, *columns.numbers]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UserError(f"{twice[0]} is named twice; expected an arm, a metric, a denominator and covariates that "
                        "are different columns")
    if columns.day and types[columns.day] != "DATE" and not types[columns.day].startswith(WHOLE):
        raise UserError(f"{path}: {columns.day} is no day, its type is {types[columns.day]}"
                        f"{_example(db, columns.day)}; expected days such as 2026-01-31, or whole numbers")
    for name in columns.numbers:
        if types[name].startswith(NUMBERS) and not types[name].endswith("]"):
            continue
        if not db.sql(f"SELECT 1 FROM units WHERE {_quoted(name)} IS NOT NULL LIMIT 1").fetchall():
            raise UserError(f"{path}: {name} is empty in every row; expected numbers")
        raise UserError(f"{path}: {name} is not numeric, its type is {types[name]}{_example(db, name)}; "
                        "expected numbers and empty values")


def _example(db: duckdb.DuckDBPyConnection, name: str) -> str:
    text = f"CAST({_quoted(name)} AS VARCHAR)"
    found = db.sql(f"SELECT {text} FROM units WHERE {_quoted(name)} IS NOT NULL AND TRY_CAST({text} AS DOUBLE) IS NULL "
                   "LIMIT 1").fetchall()
    return f" with values such as {found[0][0][:30]!r}" if found else ""


def _read(db: duckdb.DuckDBPyConnection, path: Path, columns: UnitColumns, types: Mapping[str, str]) -> Units:
    numbers = [f"CAST({_quoted(name)} AS DOUBLE) AS n{place}" for place, name in enumerate(columns.numbers)]
    others = [f"CAST({_quoted(columns.cluster)} AS VARCHAR) AS cluster"] if columns.cluster else []
    # A day is the number of days since 1970, as in Arrow.
    days = f"{_quoted(columns.day)} - DATE '1970-01-01'" if types.get(columns.day) == "DATE" else None
    others += [f"CAST({days or _quoted(columns.day)} AS BIGINT) AS day"] if columns.day else []
    others += [f"CAST({_quoted(columns.region)} AS VARCHAR) AS region"] if columns.region else []
    full = " AND ".join(f"{_quoted(name)} IS NOT NULL" + (
        f" AND NOT isnan({_quoted(name)})" if types[name] in ("FLOAT", "DOUBLE") else "") for name in columns.names)
    db.sql(f"SELECT {_quoted(columns.arm)} AS arm, {', '.join(numbers + others)} FROM units WHERE {full}"
           ).create_view("chosen")
    rows = db.sql("SELECT count(*) FROM units").fetchall()[0][0]
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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
