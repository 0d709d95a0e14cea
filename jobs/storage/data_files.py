"""The Parquet files of a write: written in one folder a day, listed, and read back.

`ds` is a column inside the files as well as a part of their path. A reader of a single file needs no path.
"""

import base64
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from jobs.engines.spark import path_to_write, paths_to_read
from jobs.storage import checksums

if TYPE_CHECKING:  # steps that only commit import no Spark
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

# Tasks that write a range of days. Without the number, Spark would put few rows into a single task.
WRITERS = 16
# A day's file grows to about this many rows before Spark starts the next one.
ROWS_PER_FILE = 5_000_000
# Files of a large write are read back in parallel: hashing releases Python's lock. For small files threads cost more.
FILES_AT_ONCE = 4
LARGE_WRITE_BYTES = 64 << 20

FINGERPRINT = "/fingerprint="  # in a file's path


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a write.

    Attributes:
        path: relative to the table.
        ds: the day of the rows.
        sha256: empty where it is unknown.
    """

    path: str
    ds: str
    bytes: int
    rows: int
    sha256: str = ""


@dataclass(frozen=True)
class StagedWrite:
    """Files that are written and not readable yet.

    Attributes:
        expected_commit_counts: each day's commit count before the write.
        inputs: version of each table that the run had read.
        metadata: facts for the commit metadata.
        schema: Arrow schema as text, by `pack_schema`.
    """

    table: str
    write_id: str
    run_id: str
    days: tuple[str, ...]
    files: tuple[DataFile, ...]
    expected_commit_counts: Mapping[str, int]
    inputs: Mapping[str, int]
    metadata: Mapping[str, Any]
    schema: str

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def files_of(self, days: Iterable[dt.date]) -> list[DataFile]:
        """Return the files of some days."""
        wanted = {day.isoformat() for day in days}
        return [file for file in self.files if file.ds in wanted]

    @property
    def rows_by_day(self) -> Counter[dt.date]:
        """Row count of each day with rows."""
        counts: Counter[dt.date] = Counter()
        for file in self.files:
            counts[dt.date.fromisoformat(file.ds)] += file.rows
        return counts

    @property
    def dates(self) -> list[dt.date]:
        return [dt.date.fromisoformat(day) for day in self.days]

    @property
    def latest(self) -> dt.date:
        return max(self.dates)

    @property
    def arrow_schema(self) -> pa.Schema:
        """Arrow schema of the rows, also of a write without rows."""
        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(self.schema)))


def pack_schema(schema: pa.Schema) -> str:
    """Return an Arrow schema as text, for `StagedWrite.schema`."""
    return base64.b64encode(schema.serialize()).decode()


def by_day(paths: Iterable[tuple[dt.date, str]]) -> dict[dt.date, list[str]]:
    """Return the paths of each day from pairs (day, path), days and paths in order."""
    paths_by_day: dict[dt.date, list[str]] = {}
    for day, path in sorted(paths):
        paths_by_day.setdefault(day, []).append(path)
    return paths_by_day


def write_partitioned(df: "DataFrame", folder: str, days: int, key: str,
                      fingerprints: Mapping[dt.date, str] | None) -> None:
    """Write a frame's rows below a folder that does not exist yet, by day and, where given, by fingerprint.

    Args:
        df: rows with a date column `ds`.
        folder: path or URL.
        days: number of days that may have rows.
        key: column that orders rows within a file.
        fingerprints: the fingerprint of each day, for the path of its files.
    """
    partitioned, partition_columns = _with_partitions(df, fingerprints)
    if days > 1:  # one file a day, not one a day and task
        partitioned = partitioned.repartition(min(days, WRITERS), "day")
    (partitioned.sortWithinPartitions("day", key).write.partitionBy(*partition_columns)
     .option("maxRecordsPerFile", ROWS_PER_FILE).mode("error").parquet(path_to_write(df.sparkSession, folder)))


def write_table(fs: pafs.FileSystem, rows: pa.Table, folder: str) -> None:
    """Write an Arrow table's rows below a folder that does not exist yet, one file a day, in their own order.

    Args:
        rows: with a date column `ds`.
        folder: its path on `fs`.
    """
    for day in rows["ds"].unique().to_pylist():
        path = f"{folder}/day={day}"
        fs.create_dir(path)
        pq.write_table(rows.filter(pc.equal(rows["ds"], day)), f"{path}/part-0.parquet", filesystem=fs,
                       compression="zstd")


def list_data_files(fs: pafs.FileSystem, table: str, write_id: str) -> tuple[DataFile, ...]:
    """Return the files of a write that have rows, with their checksums.

    Args:
        table: path of the table's folder.
    """
    selector = pafs.FileSelector(f"{table}/{write_id}", recursive=True, allow_not_found=True)
    files = [info for info in fs.get_file_info(selector) if info.extension == "parquet"]
    is_large = sum(info.size for info in files) >= LARGE_WRITE_BYTES
    with ThreadPoolExecutor(FILES_AT_ONCE if is_large else 1) as pool:
        contents = pool.map(lambda info: checksums.rows_and_sha256(fs, info.path), files)
        return tuple(_file(info.path[len(f"{table}/"):], info.size, *content)
                     for info, content in zip(files, contents) if content[0])


def _file(path: str, size: int, rows: int, sha256: str) -> DataFile:
    """Return a file by its path relative to the table: the lake's own path may contain `/day=` too."""
    return DataFile(path, path.split("/day=")[1].split("/")[0], size, rows, sha256)


def footer(fs: pafs.FileSystem, path: str) -> pq.FileMetaData:
    """Return the footer of a file: row counts, and each column's nulls and bounds."""
    with fs.open_input_file(path) as source:
        return pq.read_metadata(source)


def arrow_schema_of(schema: "StructType") -> pa.Schema:
    """Return the Arrow schema of a Spark schema."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(schema)


def read_files(spark: "SparkSession", schema: pa.Schema, paths: Sequence[str]) -> "DataFrame":
    """Return Parquet files as a frame of the given schema; an empty frame where `paths` is empty."""
    from pyspark.sql.pandas.types import from_arrow_schema

    spark_schema = from_arrow_schema(schema, prefer_timestamp_ntz=False)
    if not paths:
        return spark.createDataFrame([], spark_schema)
    # Without recursiveFileLookup Spark would add a column from the folder names.
    return spark.read.schema(spark_schema).option("recursiveFileLookup", "true").parquet(*paths_to_read(spark, paths))


def _with_partitions(df: "DataFrame", fingerprints: Mapping[dt.date, str] | None) -> tuple["DataFrame", list[str]]:
    """Return the rows with the partition columns, and the names of these columns."""
    # Imported here, because the module imports Spark, which most readers of a lake never start.
    from features.frames.case_when import map_values

    dated = df.withColumn("day", df["ds"])
    if fingerprints is None:
        return dated, ["day"]
    return dated.withColumn("fingerprint", map_values(df["ds"], fingerprints)), ["day", "fingerprint"]
