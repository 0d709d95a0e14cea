"""The marketplace of cost benchmarks: jobs/simulate simulates it, and this module writes clean lake tables directly.

Ingest is left out: it would take most of an hour for sixty million rows, and the measured part of a night begins after
it. DuckDB does the work of ingest here: it casts types, drops rows without required values and repeated rows, and
replaces identifiers by digests of the same length. The landed files stay, because the settings of Spark's Java depend
on their size.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.inputs.contract import Table
from features.inputs.tables import FEATURE_INPUTS, TABLES
from jobs.runtime import console, day_ranges
from jobs.settings import Settings, load_settings
from jobs.simulate.__main__ import main as simulate
from jobs.storage.data_files import DataFile, StagedWrite, pack_schema
from jobs.storage.lake import Lake

LAST = dt.date(2026, 11, 20)
RUN = "benchmark"

ARROW = {"string": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(),
         "timestamp": pa.timestamp("us", "UTC"), "double": pa.float64()}
SQL = {"string": "VARCHAR", "bigint": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMPTZ",
       "double": "DOUBLE"}
# The demo's CSV files contain missing and doubled quotes: unreadable lines are left out.
READERS = {".parquet": "read_parquet('{}', hive_partitioning = false)",
           ".csv": "read_csv('{}', header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{}}}, "
                   "hive_partitioning = false, auto_detect = false, strict_mode = false, ignore_errors = true)",
           ".jsonl": "read_json('{}', format = 'newline_delimited', columns = {{{}}}, hive_partitioning = false)"}


def made(folder: Path, size: str, days: int, last: dt.date = LAST) -> Settings:
    """Return the settings of a home with the clean events of some days up to `last`; a missing home is created.

    Args:
        folder: the folder of homes, by size and days.
        size: a size of jobs/simulate/sizes.py.
        days: at least the 30 days that the simulation needs.
    """
    home = home_of(folder, size, days)
    config = settings_of(home)
    if not (home / "made").exists():
        with console.timed(f"a marketplace, {size}, {days} days up to {last}"):
            simulate(["--home", str(home), "--until", str(last), "--days", str(days), "--size", size])
        with console.timed("its clean tables"):
            write_tables(config, day_ranges.days_between(last - dt.timedelta(days=days - 1), last))
        (home / "made").touch()
    return config


def home_of(folder: Path, size: str, days: int) -> Path:
    """Return the home of a marketplace."""
    return folder / f"{size}-{days}"


def settings_of(home: Path, landing: Path | None = None) -> Settings:
    """Return the settings of this process for another home."""
    return dataclasses.replace(load_settings(), home=home, landing=landing or home / "landing", lake=str(home / "lake"))


def write_tables(config: Settings, days: Sequence[dt.date]) -> None:
    """Write the landed rows that features read to tables of the lake, one file a table and day."""
    lake = Lake(config.lake, RUN)
    with duckdb.connect(config={"threads": 2}) as db:
        db.sql("SET TimeZone = 'UTC'")
        for table in map(TABLES.get, FEATURE_INPUTS):
            commit(lake, table, list(_files(db, lake, config.landing, table, days)))


def commit(lake: Lake, table: Table, files: Sequence[DataFile]) -> None:
    """Commit files in the lake as the first rows of an event table."""
    add(lake, table.name, schema_of(table), files)


def schema_of(table: Table) -> pa.Schema:
    """Return the columns of an event table, and `ds`."""
    return pa.schema([*((c.name, ARROW[c.type]) for c in table.columns), ("ds", pa.date32())])


def add(lake: Lake, table: str, schema: pa.Schema, files: Sequence[DataFile]) -> None:
    """Commit files in the lake as the first rows of any table."""
    days = sorted(file.ds for file in files)
    lake.commit(StagedWrite(table, RUN, lake.run_id, tuple(days), tuple(files), dict.fromkeys(days, 0), {}, {},
                            pack_schema(schema)))


def write_file(lake: Lake, table: str, day: dt.date, write: Callable[[Path], object]) -> DataFile:
    """Write the file of a day with `write`, which takes the file's path."""
    root, path = Path(lake.root) / table, Path(RUN) / f"day={day}" / "rows.parquet"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    write(root / path)
    return DataFile(str(path), str(day), (root / path).stat().st_size, pq.read_metadata(root / path).num_rows)


def _files(db: duckdb.DuckDBPyConnection, lake: Lake, landing: Path, table: Table,
           days: Sequence[dt.date]) -> Iterator[DataFile]:
    for day in days:
        landed = next((landing / table.name / f"ds={day}").glob("part-0.*"))
        file = write_file(lake, table.name, day, lambda path, landed=landed, day=day: db.sql(
            f"COPY ({clean(table, landed, day)}) TO '{path}' (FORMAT parquet)"))
        if file.rows:
            yield file


def clean(table: Table, landed: Path, day: dt.date) -> str:
    """Return a SELECT of the rows of a landed file that ingest would keep."""
    columns = ", ".join(f"'{c.name}': 'VARCHAR'" for c in table.columns)
    required = " AND ".join(f"{c.name} IS NOT NULL" for c in table.columns if c.required)
    return (f"SELECT {', '.join(_column(c) for c in table.columns)}, DATE '{day}' AS ds "
            f"FROM {READERS[landed.suffix].format(landed, columns)} WHERE {required} "
            f"QUALIFY row_number() OVER (PARTITION BY {table.key} ORDER BY {table.event_time}) = 1 "
            f"ORDER BY {table.key}")


def _column(column) -> str:
    cast = f"try_cast({column.name} AS {SQL[column.type]})"
    return f"{f'sha256({cast})' if column.private else cast} AS {column.name}"
