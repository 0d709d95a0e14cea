"""The marketplace that costs are measured on: simulated by jobs/simulate, and written straight as clean lake tables.

Ingest is left out: it would take most of an hour for sixty million rows, and costs of a night begin after it. What it
would have done to a row is done here in DuckDB: types are cast, rows without what is required or sent twice are
dropped, identifiers are replaced by digests of the same length. The files of landing stay, because how Spark's Java
runs follows from their size.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.inputs.contract import Table
from features.inputs.tables import TABLES
from jobs.runtime import console, day_ranges
from jobs.settings import Settings, load_settings
from jobs.simulate.__main__ import main as simulate
from jobs.storage.data_files import DataFile, StagedWrite, pack_schema
from jobs.storage.lake import Lake

LAST = dt.date(2026, 11, 20)
RUN = "benchmark"

ARROW = {"string": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(),
         "timestamp": pa.timestamp("us", "UTC")}
SQL = {"string": "VARCHAR", "bigint": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMPTZ"}
# Cut and doubled quotes are planted in the demo's CSV files: lines that cannot be read are left out.
READERS = {".parquet": "read_parquet('{}', hive_partitioning = false)",
           ".csv": "read_csv('{}', header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{}}}, "
                   "hive_partitioning = false, auto_detect = false, strict_mode = false, ignore_errors = true)",
           ".jsonl": "read_json('{}', format = 'newline_delimited', columns = {{{}}}, hive_partitioning = false)"}


def made(folder: Path, size: str, days: int, last: dt.date = LAST) -> Settings:
    """The settings of a home whose lake holds the clean events of some days up to `last`; made where it is not there.

    Args:
        folder: below which homes are kept, by size and days.
        size: of jobs/simulate/sizes.py.
        days: at least the 30 that the simulation needs.
    """
    home = home_of(folder, size, days)
    config = settings_of(home)
    if not (home / "made").exists():
        with console.timed(f"a marketplace, {size}, {days} days up to {last}"):
            simulate(["--home", str(home), "--until", str(last), "--days", str(days), "--size", size])
        with console.timed("its clean tables"):
            take_in(config, day_ranges.days_between(last - dt.timedelta(days=days - 1), last))
        (home / "made").touch()
    return config


def home_of(folder: Path, size: str, days: int) -> Path:
    """Where a world is kept."""
    return folder / f"{size}-{days}"


def settings_of(home: Path, landing: Path | None = None) -> Settings:
    """The settings of this process, for another home."""
    return dataclasses.replace(load_settings(), home=home, landing=landing or home / "landing", lake=str(home / "lake"))


def take_in(config: Settings, days: Sequence[dt.date]) -> None:
    """Write the landed rows of some days as tables of the lake, one file a table and day."""
    lake = Lake(config.lake, RUN)
    with duckdb.connect(config={"threads": 2}) as db:
        db.sql("SET TimeZone = 'UTC'")
        for table in TABLES.values():
            commit(lake, table, list(_files(db, lake, config.landing, table, days)))


def commit(lake: Lake, table: Table, files: Sequence[DataFile]) -> None:
    """Make files that lie in the lake rows of a table of events that is not there yet."""
    add(lake, table.name, schema_of(table), files)


def schema_of(table: Table) -> pa.Schema:
    """The columns of a table of events, and the day."""
    return pa.schema([*((c.name, ARROW[c.type]) for c in table.columns), ("ds", pa.date32())])


def add(lake: Lake, table: str, schema: pa.Schema, files: Sequence[DataFile]) -> None:
    """The same of any table."""
    days = sorted(file.ds for file in files)
    lake.commit(StagedWrite(table, RUN, lake.run_id, tuple(days), tuple(files), dict.fromkeys(days, 0), {}, {},
                            pack_schema(schema)))


def laid(lake: Lake, table: str, day: dt.date, write: Callable[[Path], object]) -> DataFile:
    """The file of a day, which `write` lays at a path that it is given."""
    root, path = Path(lake.root) / table, Path(RUN) / f"day={day}" / "rows.parquet"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    write(root / path)
    return DataFile(str(path), str(day), (root / path).stat().st_size, pq.read_metadata(root / path).num_rows)


def _files(db: duckdb.DuckDBPyConnection, lake: Lake, landing: Path, table: Table,
           days: Sequence[dt.date]) -> Iterator[DataFile]:
    for day in days:
        landed = next((landing / table.name / f"ds={day}").glob("part-0.*"))
        file = laid(lake, table.name, day, lambda path, landed=landed, day=day: db.sql(
            f"COPY ({clean(table, landed, day)}) TO '{path}' (FORMAT parquet)"))
        if file.rows:
            yield file


def clean(table: Table, landed: Path, day: dt.date) -> str:
    """SELECT of the rows of a landed file that ingest would keep."""
    shape = ", ".join(f"'{c.name}': 'VARCHAR'" for c in table.columns)
    required = " AND ".join(f"{c.name} IS NOT NULL" for c in table.columns if c.required)
    return (f"SELECT {', '.join(_column(c) for c in table.columns)}, DATE '{day}' AS ds "
            f"FROM {READERS[landed.suffix].format(landed, shape)} WHERE {required} "
            f"QUALIFY row_number() OVER (PARTITION BY {table.key} ORDER BY {table.event_time}) = 1 "
            f"ORDER BY {table.key}")


def _column(column) -> str:
    cast = f"try_cast({column.name} AS {SQL[column.type]})"
    return f"{f'sha256({cast})' if column.private else cast} AS {column.name}"
