"""Files of other people, of CSV, JSON lines or Parquet, opened in DuckDB for commands that serve outside data."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from jobs.errors import UserError
from jobs.runtime.plain_paths import plain_path
from jobs.storage.query import connect

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}  # first bytes of a file
JSON = b"{"  # the first byte of JSON lines


@dataclass(frozen=True)
class OutsideFile:
    """A file that is open in DuckDB as the view `outside`, with the DuckDB type of each column."""

    path: Path
    db: duckdb.DuckDBPyConnection
    types: Mapping[str, str]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.db.sql("SELECT count(*) FROM outside").fetchall()[0][0]

    def require_columns(self, names: Sequence[str]) -> None:
        """Check that the file has the columns.

        Raises:
            UserError: one is missing.
        """
        if missing := [name for name in names if name not in self.types]:
            raise UserError(f"{self.path} has no column {' and no column '.join(missing)}; it has "
                            f"{', '.join(self.types)}")

    def has_numbers(self, name: str) -> bool:
        """Return whether a column's type is that of a number, and not of a list of numbers."""
        return self.types[name].startswith(NUMBERS) and not self.types[name].endswith("]")

    def full(self, names: Sequence[str]) -> str:
        """Return the SQL condition that no named column is empty: null, NaN or blank."""
        return " AND ".join(self._is_full(name) for name in dict.fromkeys(names))

    def _is_full(self, name: str) -> str:
        kind, column = self.types[name], quoted(name)
        if kind in ("FLOAT", "DOUBLE"):
            # Statistics of a Parquet file leave NaN out. DuckDB 2.0.0 concludes from them that isnan is never true.
            return f"({column} IS NOT NULL AND (isfinite({column}) OR isinf({column})))"
        return f"{column} IS NOT NULL" + (f" AND trim({column}) <> ''" if kind == "VARCHAR" else "")


@contextmanager
def opened(path: Path, row: str, types: Sequence[str] | None = None,
           names: Sequence[str] = ()) -> Iterator[OutsideFile]:
    """Open a file of CSV, JSON lines or Parquet, whatever its name. CSV may be compressed.

    Args:
        row: what a row is, for messages, such as "a row a unit".
        types: DuckDB types that a column of a CSV file may have; None: all. DuckDB reads yes and no as booleans.
        names: columns of names, which stay texts in a CSV file: as numbers 007 would be 7, and long ones alike.

    Raises:
        UserError: the file is missing, empty or of another form; or a statement of the caller fails in DuckDB.
    """
    if not path.is_file():
        found = " is a folder" if path.is_dir() else ": there is no such file"
        raise UserError(f"{path}{found}; expected a CSV or Parquet file with {row}")
    if not path.stat().st_size:
        raise UserError(f"{path} is empty; expected a CSV or Parquet file with {row}")
    with connect() as db:
        try:
            _open(db, path, types, names)
            yield OutsideFile(path, db, {name: str(kind) for name, kind, *_ in db.sql("DESCRIBE outside").fetchall()})
        except duckdb.Error as failure:
            raise UserError(f"{path} cannot be read as {_form(path)}: {_reason(failure)}") from None


def label(value: object) -> str:
    """Return a value's name: a whole number without a decimal point, so that 1.0 of a column with nulls is 1."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float | Decimal) and float(value).is_integer() else str(value)


def labels(column: pa.ChunkedArray) -> np.ndarray:
    """Return the values of a column without nulls as labels, (rows,)."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    return np.array([label(value) for value in encoded.dictionary.to_pylist()], object)[encoded.indices.to_numpy()]


def listed(names: Sequence[str]) -> str:
    """Return names as a part of a sentence: `a`, `a or b`, `a, b or c`, each once."""
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def quoted(name: str) -> str:
    """Return a column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _reason(failure: duckdb.Error) -> str:
    """Return the first paragraph of DuckDB's message in one line, without the line of the file that it quotes."""
    lines = str(failure).partition("\n\n")[0].splitlines()
    return "; ".join(line for line in lines if not line.startswith("Original Line"))


def _form(path: Path) -> str:
    return "JSON lines" if _head(path).startswith(JSON) else "CSV or Parquet"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _open(db: duckdb.DuckDBPyConnection, path: Path, types: Sequence[str] | None, names: Sequence[str]) -> None:
    head = _head(path)
    name = str(plain_path(path.absolute()))  # DuckDB reads * and [ as patterns
    if head == b"PAR1":
        rows = db.read_parquet(name)
    elif head.startswith(JSON):
        rows = db.read_json(name, format="newline_delimited", sample_size=-1)
    else:
        compression = next((kind for magic, kind in COMPRESSED.items() if head.startswith(magic)), "none")
        # All rows decide on the types: a word in the last row makes a column text.
        allowed = {} if types is None else {"auto_type_candidates": list(types)}
        rows = db.read_csv(name, header=True, sample_size=-1, compression=compression, **allowed)
        if texts := {column: "VARCHAR" for column in names if column in rows.columns}:
            rows = db.read_csv(name, header=True, sample_size=-1, compression=compression, dtype=texts, **allowed)
    rows.create_view("outside")
