"""Reads landed files in Python, in the engine's workers, so that Spark and Sail have the same rows."""

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
    json_records,
    parquet_records,
    piece,
    text_batches,
    text_file,
)
from jobs.ingestion.damage import DAMAGE, unreadable
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.file_schema import FileLayout, file_layout
from jobs.ingestion.parquet_records import NULL_TYPE
from jobs.ingestion.piece import FilePart, Sources, read_shares, read_through

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

WORKER_MODULES = (arrow_values, csv_records, data_file, json_records, parquet_records, piece, text_batches, text_file)

# A task costs some milliseconds, and so does a file: many small files are one task, a large one is as many as it has
# row groups.
TASK_BYTES, FILE_BYTES = 8_000_000, 50_000


def read_files(spark: "SparkSession", files: Sequence[DataFile], table: Table) -> list["DataFrame"]:
    """The rows of landed files: one frame for each set of columns whose types agree.

    Files with a column less, or without any value in it, share a frame with those that have it.

    Returns:
        Each frame: columns of the contract that a file has, in a type that can be cast; unknown columns as texts;
        `_malformed` string, a record that could not be taken apart; `_fault` string, the rule that a record breaks by
        how it is written; `ds` date, the day of its folder. One row a record, in any order.

    Raises:
        UserError: a file cannot be read, or its columns are not the contract's. A file that is damaged further on fails
            when the rows are asked for: then ask `damaged_file`.
    """
    layouts = [file_layout(file, table) for file in files]
    return [_frame(spark, types, group) for types, group in _of_agreeing_types(layouts, table)]


def damaged_file(files: Sequence[DataFile], table: Table) -> UserError | None:
    """The refusal of the first file that cannot be read to its end, else None. Every file is read through."""
    for file in files:
        try:
            for part in file_layout(file, table).pieces:
                read_through(part)
        except UserError as refusal:
            return refusal
        except DAMAGE as failure:
            return unreadable(file, table, failure)
    return None


def _of_agreeing_types(layouts: Sequence[FileLayout],
                       table: Table) -> Iterator[tuple[Mapping[str, str], list[FileLayout]]]:
    """Files that one frame can hold, and its columns."""
    groups: list[tuple[dict[str, str], list[FileLayout]]] = []
    for layout in layouts:
        own = {name: kind for name, kind in layout.types.items() if kind != NULL_TYPE}
        types, group = next((found for found in groups if _agree(found[0], own)), ({}, []))
        if not group:
            groups.append((types, group))
        types |= own
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
    """`read_shares` of these shares, with all modules that it is made of."""
    pickle_by_value(*WORKER_MODULES)
    return partial(read_shares, shares, dict(types))


def _shares(layouts: Sequence[FileLayout]) -> list[list[FilePart]]:
    """The pieces of files, some for each task, about as much for one as for another."""
    sources: dict[str, Sources] = {}  # alike in most files, and sent once
    sized = [(part._replace(sources=sources.setdefault(repr(part.sources), part.sources)), size + FILE_BYTES)
             for layout in layouts for part, size in zip(layout.pieces, layout.sizes)]
    total = sum(size for _, size in sized)
    tasks, so_far = 1 + total // TASK_BYTES, 0
    numbered = []
    for part, size in sized:
        numbered.append((so_far * tasks // total, part))
        so_far += size
    return [_joined([part for _, part in share]) for _, share in groupby(numbered, lambda pair: pair[0])]


def _joined(pieces: Sequence[FilePart]) -> list[FilePart]:
    """Row groups of one file as one piece, so that the file is opened once."""
    by_file = [list(same) for _, same in groupby(pieces, lambda part: part.file)]
    return [same[0]._replace(row_groups=tuple(group for part in same for group in part.row_groups))
            for same in by_file]


def _schema(types: Mapping[str, str]) -> "StructType":
    from pyspark.sql import types as T

    named = {"string": T.StringType(), "bigint": T.LongType(), "double": T.DoubleType(), "boolean": T.BooleanType(),
             "timestamp": T.TimestampType(), "date": T.DateType()}

    def field_type(name: str) -> "DataType":
        return named.get(name) or T.DecimalType(38, arrow_values.arrow_type(name).scale)

    columns = {name: field_type(kind) for name, kind in types.items()}
    return T.StructType([T.StructField(name, kind) for name, kind in (
        *columns.items(), (MALFORMED, T.StringType()), (FAULT, T.StringType()), ("ds", T.DateType()))])
