"""The views of event tables in DuckDB, filled with a few rows of a test."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from features.inputs.tables import TABLES
from jobs.decisions.open_money import duckdb_type
from jobs.storage.query import connect


def event_views(**rows: Sequence[dict]) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view of each event table; tables without rows are empty.

    Times and days are texts that DuckDB casts; a column that a row does not name is null.
    """
    db = connect()
    for name, table in TABLES.items():
        columns = {column.name: duckdb_type(column.type) for column in table.columns} | {"ds": "DATE"}
        texts = pa.Table.from_pylist([{key: None if value is None else str(value) for key, value in row.items()}
                                      for row in rows.get(name, ())],
                                     pa.schema([(column, pa.string()) for column in columns]))
        db.register(f"texts_{name}", texts)
        cast = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
        db.execute(f"CREATE TEMP VIEW {name} AS SELECT {cast} FROM texts_{name}")
    return db
