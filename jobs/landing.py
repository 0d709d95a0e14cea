"""Reads landing files: `landing/<table>/ds=YYYY-MM-DD/*.{parquet,csv,jsonl}`."""

import csv
import datetime as dt
import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import Table
from features.intake import MALFORMED
from features.united import united
from jobs import text_lines
from jobs.errors import Refused
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.landing_inventory import list_landing
from jobs.settings import Engine
from jobs.shape import Shape, check
from jobs.spark import engine_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FORMATS = ("parquet", "csv", "jsonl")


def landed_frames(spark: "SparkSession", files: Iterable[DataFile], table: Table) -> list["DataFrame"]:
    """The rows of landed files, uncast, with `ds` from the folder; a frame for each set of columns.

    Raises:
        Refused: a file lacks a column, has one under another name, or has one of a wrong type.
    """
    groups: dict[tuple, list[Path]] = {}
    for file in files:
        groups.setdefault(_columns(file.path, table), []).append(file.path)
    read = {Engine.SPARK: _by_spark, Engine.SAIL: _by_sail}[engine_of(spark)]
    return [read(spark, columns, group) for columns, group in groups.items()]


def read_landing(spark: "SparkSession", landing: Path, table: Table,
                 days: Iterable[dt.date]) -> "DataFrame | None":
    """The landed rows of some days as one frame; None where nothing landed (see `landed_frames`)."""
    frames = landed_frames(spark, list_landing(landing).of(table.name, days), table)
    return united(frames) if frames else None


def _columns(file: Path, table: Table) -> tuple:
    """The file's format and columns, checked against the contract before Spark sees the file."""
    kind = file.suffix[1:]
    shape = {"parquet": _parquet_shape, "csv": _csv_shape, "jsonl": _jsonl_shape}[kind](file, table)
    check(shape, table, where=str(file), ds=_day(file.parent))
    return kind, tuple(sorted(shape.items())) if kind != "csv" else tuple(shape.items())


def _parquet_shape(file: Path, table: Table) -> Shape:
    try:
        schema = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as unreadable:
        raise Refused(f"{table.name}, {_day(file.parent)}: {file} is not a readable Parquet file "
                      f"({unreadable}). Land it again.") from unreadable
    for field in schema:
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            raise Refused(f"{table.name}, {_day(file.parent)}: column {field.name} of {file} holds "
                          "nanoseconds, which Spark cannot read. Write microseconds "
                          "(pyarrow: coerce_timestamps='us').")
    return {field.name: str(field.type) for field in schema}


def _csv_shape(file: Path, table: Table) -> Shape:
    with file.open(newline="", encoding="utf-8", errors="replace") as lines:
        header = next(csv.reader(lines), [])
    return {name.strip(): "string" for name in header}


def _jsonl_shape(file: Path, table: Table) -> Shape:
    """Keys of the first lines; a key that is absent from a line is an empty value."""
    names: dict[str, str] = {}
    with file.open(encoding="utf-8", errors="replace") as lines:
        for _, line in zip(range(100), lines):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            names.update(dict.fromkeys(row, "string") if isinstance(row, dict) else {})
    # A file of nothing but empty values, or of no line at all, breaks no promise about names.
    return names or dict.fromkeys(table.names, "string")


def _by_spark(spark: "SparkSession", columns: tuple, files: list[Path]) -> "DataFrame":
    from pyspark.sql import functions as F

    kind, shape = columns
    paths = [str(file) for file in files]
    reader = spark.read.option("recursiveFileLookup", "true")
    if kind == "parquet":
        df = reader.schema(spark.read.parquet(paths[0]).schema).parquet(*paths)  # all are alike: ask one
    else:
        # Text formats are read as text, so that the contract decides on every cast.
        ddl = ", ".join([f"`{name}` string" for name, _ in shape] + [f"{MALFORMED} string"])
        reader = reader.schema(ddl).option("columnNameOfCorruptRecord", MALFORMED).option("mode", "PERMISSIVE")
        df = (reader.option("header", "true").option("escape", '"').option("enforceSchema", "true").csv(paths)
              if kind == "csv" else reader.json(paths))
    day = F.regexp_extract(F.col("_metadata.file_path"), r"ds=(\d{4}-\d{2}-\d{2})", 1).cast("date")
    return df.select("*", day.alias("ds")) if "ds" not in df.columns else df.withColumn("ds", day)


def _by_sail(spark: "SparkSession", columns: tuple, files: list[Path]) -> "DataFrame":
    """The same on Sail, whose rows do not know their file, and whose readers of text stop at a line that is cut off."""
    from pyspark.sql import functions as F

    kind, shape = columns
    if kind != "parquet":
        dated = [(file, _day(file.parent)) for file in files]
        return text_lines.read(spark, kind, [name for name, _ in shape], MALFORMED, dated)
    alike = spark.read.schema(spark.read.parquet(str(files[0])).schema)
    by_day = {day: [str(file) for file in group] for day, group in groupby(files, lambda file: _day(file.parent))}
    return united([alike.parquet(*paths).withColumn("ds", F.lit(day)) for day, paths in by_day.items()])


def _day(folder: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(folder.name.removeprefix("ds="))
    except ValueError:
        raise Refused(f"{folder}: not a day. Expected a folder ds=YYYY-MM-DD; rename or remove it.") from None
