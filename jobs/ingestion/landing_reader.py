"""Reader of landed files in Python, in the engine's workers, so that Spark and Sail read the same rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from features.frames.partition_udf import pickle_by_value
from features.inputs.contract import Table
from features.inputs.quarantine import FAULT, MALFORMED
from jobs.errors import UserError
from jobs.ingestion import (
    arrow_values,
    csv_records,
    data_file,
    file_part,
    json_records,
    parquet_records,
    text_batches,
    text_file,
)
from jobs.ingestion.damage import DAMAGE, unreadable
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.file_part import FilePart, Sources, read_shares, read_through
from jobs.ingestion.file_schema import FileLayout, file_layout
from jobs.ingestion.parquet_records import NULL_TYPE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

WORKER_MODULES = (arrow_values, csv_records, data_file, file_part, json_records, parquet_records, text_batches,
                  text_file)

# A task and a file each cost some milliseconds. Many small files are one task; a large file has a task per row group.
TASK_BYTES, FILE_BYTES = 8_000_000, 50_000


def read_files(spark: "SparkSession", files: Sequence[DataFile], table: Table) -> list["DataFrame"]:
    """Return the rows of landed files: one frame for each set of columns whose types agree.

    A file that lacks a column, or has no value in it, shares a frame with files that have the column.

    Returns:
        Frames with one row a record, in any order. Columns: the contract's columns that a file has, in a type that can
        be cast; unknown columns as text; `_malformed` string, a record that could not be parsed; `_fault` string, the
        rule that the record's encoding breaks; `ds` date, the day of the folder.

    Raises:
        UserError: a file cannot be read, or its columns are not the contract's. Damage further on in a file fails
            only when an engine reads the rows. `damaged_file` then finds the file.
    """
    layouts = [file_layout(file, table) for file in files]
    return [_frame(spark, types, group) for types, group in _of_agreeing_types(layouts, table)]


def damaged_file(files: Sequence[DataFile], table: Table) -> UserError | None:
    """Return the error for the first file that cannot be read to its end, else None. Reads every file."""
    for file in files:
        try:
            for part in file_layout(file, table).parts:
                read_through(part)
        except UserError as error:
            return error
        except DAMAGE as failure:
            return unreadable(file, table, failure)
    return None


def _of_agreeing_types(layouts: Sequence[FileLayout],
                       table: Table) -> Iterator[tuple[Mapping[str, str], list[FileLayout]]]:
    """Yield groups of files that share a frame, each with the columns of the frame."""
    groups: list[tuple[dict[str, str], list[FileLayout]]] = []
    for layout in layouts:
        layout_types = {name: kind for name, kind in layout.types.items() if kind != NULL_TYPE}
        types, group = next((pair for pair in groups if _agree(pair[0], layout_types)), ({}, []))
        if not group:
            groups.append((types, group))
        types |= layout_types
        group.append(layout)
    for types, group in groups:
        nulls = {name for layout in group for name in layout.types if name not in types}
        yield types | {column.name: "string" for column in table.columns if column.name in nulls}, group


def _agree(types: Mapping[str, str], others: Mapping[str, str]) -> bool:
    return all(types.get(name, kind) == kind for name, kind in others.items())


def _frame(spark: "SparkSession", types: Mapping[str, str], layouts: Sequence[FileLayout]) -> "DataFrame":
    shares = _shares(layouts)
    tasks = spark.range(0, len(shares), 1, max(len(shares), 1))
    return tasks.mapInArrow(worker_function(shares, types), _schema(types))


def worker_function(shares: Sequence[Sequence[FilePart]], types: Mapping[str, str]) -> Callable:
    """Return `read_shares` of the shares, pickled with all modules that the function uses."""
    pickle_by_value(*WORKER_MODULES)
    return partial(read_shares, shares, dict(types))


def _shares(layouts: Sequence[FileLayout]) -> list[list[FilePart]]:
    """Return the parts of files for each task, about as many bytes for each."""
    sources: dict[str, Sources] = {}  # equal in most files, and sent to the workers once
    sized = [(part._replace(sources=sources.setdefault(repr(part.sources), part.sources)), size + FILE_BYTES)
             for layout in layouts for part, size in zip(layout.parts, layout.sizes)]
    total = sum(size for _, size in sized)
    tasks, so_far = 1 + total // TASK_BYTES, 0
    numbered = []
    for part, size in sized:
        numbered.append((so_far * tasks // total, part))
        so_far += size
    return [_joined([part for _, part in share]) for _, share in groupby(numbered, lambda pair: pair[0])]


def _joined(file_parts: Sequence[FilePart]) -> list[FilePart]:
    """Return the row groups of each file as one part, so that a worker opens the file once."""
    by_file = [list(parts) for _, parts in groupby(file_parts, lambda part: part.file)]
    return [parts[0]._replace(row_groups=tuple(group for part in parts for group in part.row_groups))
            for parts in by_file]


def _schema(types: Mapping[str, str]) -> "StructType":
    from pyspark.sql import types as T

    named = {"string": T.StringType(), "bigint": T.LongType(), "double": T.DoubleType(), "boolean": T.BooleanType(),
             "timestamp": T.TimestampType(), "date": T.DateType()}

    def field_type(name: str) -> "DataType":
        return named.get(name) or T.DecimalType(38, arrow_values.arrow_type(name).scale)

    columns = {name: field_type(kind) for name, kind in types.items()}
    return T.StructType([T.StructField(name, kind) for name, kind in (
        *columns.items(), (MALFORMED, T.StringType()), (FAULT, T.StringType()), ("ds", T.DateType()))])
