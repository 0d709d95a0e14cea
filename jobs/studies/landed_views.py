"""Landing files of the demo marketplace as DuckDB views with the types of their contracts, without an ingest."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb

from features.inputs.tables import TABLES
from jobs.decisions.open_money import duckdb_type
from jobs.simulate.landing import FORMATS
from jobs.storage.query import literal

HIVE = "hive_partitioning = true, hive_types_autocast = false"
# Nothing is guessed: a file of few rows would be guessed otherwise than the others.
READERS = {
    "parquet": f"read_parquet({{files}}, {HIVE})",
    "csv": f"""read_csv({{files}}, {HIVE}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
                        nullstr = '', columns = {{{{{{columns}}}}}})""",
    "jsonl": f"read_json({{files}}, {HIVE}, columns = {{{{{{columns}}}}}})",
}


def attach(db: duckdb.DuckDBPyConnection, landing: Path, tables: Sequence[str], as_of: dt.date) -> None:
    """Create a view of each table: its rows that had arrived by a day. Rows that no ingest would keep are left out.

    Args:
        db: with times in UTC.
        landing: as `python -m jobs.simulate` lands it.
    """
    for name in tables:
        table, kind = TABLES[name], FORMATS[name]
        files = literal(f"{landing}/{name}/ds=*/part-0.{kind}")
        columns = ", ".join(f"{column.name}: 'VARCHAR'" for column in table.columns)
        cast = ", ".join(f"TRY_CAST({column.name} AS {duckdb_type(column.type)}) AS {column.name}"
                         for column in table.columns)
        needed = " AND ".join(f"{column.name} IS NOT NULL" for column in table.columns if column.required)
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM (SELECT {cast}, CAST(ds AS DATE) AS ds "
                   f"FROM {READERS[kind].format(files=files, columns=columns)}) "
                   f"WHERE {needed} AND ds <= DATE '{as_of}'")
