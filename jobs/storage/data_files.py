"""The files of a write: a frame laid out as Parquet, a folder a day, and read back from its own files.

`ds` is kept inside the files as well as in their path, so that any file can be read by itself, without
guessing a column from where it lies.
"""

import base64
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from jobs.engines.spark import path_to_write, paths_to_read
from jobs.storage import checksums

if TYPE_CHECKING:  # Spark is imported by the jobs that compute, not by those that only commit
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

# Tasks that write a range of days; a number, because Spark would put few rows into a single task.
WRITERS = 16
# A day's file grows to about this many rows before Spark starts the next one.
ROWS_PER_FILE = 5_000_000
# Files of a large write are read back so many at once: hashing releases Python's lock. Of small ones threads cost more.
FILES_AT_ONCE = 4
LARGE_WRITE_BYTES = 64 << 20

FINGERPRINT = "/fingerprint="  # in a file's path


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a write: path relative to its table, the day it holds, its size, its SHA-256 where known."""

    path: str
    ds: str
    bytes: int
    rows: int
    sha256: str = ""


@dataclass(frozen=True)
class StagedWrite:
    """Files that were written and are not readable yet. `base` is each day's commit count before."""

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
        """The files of some of the days."""
        wanted = {day.isoformat() for day in days}
        return [file for file in self.files if file.ds in wanted]

    @property
    def rows_by_day(self) -> Counter[dt.date]:
        """Rows of each day that has any."""
        counts: Counter[dt.date] = Counter()
        for file in self.files:
            counts[dt.date.fromisoformat(file.ds)] += file.rows
        return counts

    @property
    def files_by_day(self) -> dict[dt.date, list[str]]:
        """Names of the files of each day that has any, relative to the table."""
        return by_day((dt.date.fromisoformat(file.ds), file.path) for file in self.files)

    @property
    def dates(self) -> list[dt.date]:
        return [dt.date.fromisoformat(day) for day in self.days]

    @property
    def latest(self) -> dt.date:
        return max(self.dates)

    @property
    def arrow_schema_bytes(self) -> pa.Schema:
        """The Arrow schema of the rows, also where there are none."""
        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(self.schema)))


def pack_schema(shape: pa.Schema) -> str:
    """An Arrow schema as text for a note: `StagedWrite.schema`."""
    return base64.b64encode(shape.serialize()).decode()


def by_day(paths: Iterable[tuple[dt.date, str]]) -> dict[dt.date, list[str]]:
    """(day, path) as the paths of each day, both in order."""
    found: dict[dt.date, list[str]] = {}
    for day, path in sorted(paths):
        found.setdefault(day, []).append(path)
    return found


def write_partitioned(df: "DataFrame", folder: str, days: int, key: str,
                      fingerprints: Mapping[dt.date, str] | None) -> None:
    """Write a frame's rows below a folder that is not there yet, by day and, where it is told, by what made them.

    Args:
        df: rows with a date column `ds`.
        folder: path or URL.
        days: how many days there may be rows of.
        key: rows are ordered by it within a file.
        fingerprints: a word for each day, for the path of its files.
    """
    shaped, parts = _with_partitions(df, fingerprints)
    if days > 1:  # one file a day, not one a day and task
        shaped = shaped.repartition(min(days, WRITERS), "day")
    (shaped.sortWithinPartitions("day", key).write.partitionBy(*parts)
     .option("maxRecordsPerFile", ROWS_PER_FILE).mode("error").parquet(path_to_write(df.sparkSession, folder)))


def list_data_files(fs: pafs.FileSystem, table: str, write_id: str) -> tuple[DataFile, ...]:
    """The files of a write that hold rows, with their checksums; `table` is the path of the table's folder."""
    selector = pafs.FileSelector(f"{table}/{write_id}", recursive=True, allow_not_found=True)
    found = [info for info in fs.get_file_info(selector) if info.extension == "parquet"]
    is_large = sum(info.size for info in found) >= LARGE_WRITE_BYTES
    with ThreadPoolExecutor(FILES_AT_ONCE if is_large else 1) as pool:
        read = pool.map(lambda info: checksums.rows_and_sha256(fs, info.path), found)
        return tuple(_file(info.path[len(f"{table}/"):], info.size, *content)
                     for info, content in zip(found, read) if content[0])


def _file(path: str, size: int, rows: int, sha256: str) -> DataFile:
    """A file by its path relative to the table: the lake's own path may name days too."""
    return DataFile(path, path.split("/day=")[1].split("/")[0], size, rows, sha256)


def footer(fs: pafs.FileSystem, path: str) -> pq.FileMetaData:
    """The footer of a file: counts, and each column's nulls and bounds."""
    with fs.open_input_file(path) as source:
        return pq.read_metadata(source)


def unpack_schema(shape: "StructType") -> pa.Schema:
    """The schema of a Spark frame as Arrow's."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(shape)


def read_files(spark: "SparkSession", schema: pa.Schema, paths: Sequence[str]) -> "DataFrame":
    """Parquet files as a frame of the given schema; an empty frame where there are none."""
    from pyspark.sql.pandas.types import from_arrow_schema

    shape = from_arrow_schema(schema, prefer_timestamp_ntz=False)
    if not paths:
        return spark.createDataFrame([], shape)
    # Without recursiveFileLookup Spark would make a column of the folder names.
    return spark.read.schema(shape).option("recursiveFileLookup", "true").parquet(*paths_to_read(spark, paths))


def _with_partitions(df: "DataFrame", fingerprints: Mapping[dt.date, str] | None) -> tuple["DataFrame", list[str]]:
    """The rows with the columns that become folders, and the names of these."""
    # Here, because it imports Spark, which most readers of a lake never start.
    from features.frames.case_when import map_values

    dated = df.withColumn("day", df["ds"])
    if fingerprints is None:
        return dated, ["day"]
    return dated.withColumn("fingerprint", map_values(df["ds"], fingerprints)), ["day", "fingerprint"]
