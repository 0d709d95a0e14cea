"""Parquet files through pyarrow: row groups in bounded batches, columns in the types of `arrow_values`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.ingestion.arrow_values import in_type, is_binary_type, is_text_type, plain_type
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.text_file import NOT_UTF8, opened

NULL_TYPE = "void"  # the type of a column without a value in the file

ROWS_AT_ONCE, BYTES_AT_ONCE = 10_000, 64_000_000

Batch = dict[str, pa.Array]  # arrays of one length by column


class ParquetColumn(NamedTuple):
    """A column of a file.

    Attributes:
        position: index of the column in the file.
        rule: the rule that a row with an unrepresentable value breaks; None where the contract lacks the column.
    """

    position: int
    name: str
    type: str
    rule: str | None


@contextmanager
def opened_parquet(file: DataFile) -> Iterator[pq.ParquetFile]:
    """Open a file with its footer read.

    Raises:
        OSError, pa.ArrowException: the file is missing, or its footer cannot be read.
    """
    with opened(file) as stored:
        # Impala and old Sparks write INT96. pyarrow would read nanoseconds, which turn the year 2300 into 1715.
        yield pq.ParquetFile(stored, coerce_int96_timestamp_unit="us", page_checksum_verification=True)


def spark_type(kind: pa.DataType, wanted: str | None) -> str:
    """Return the Spark type of a column's values.

    Args:
        wanted: the type in the contract; None where the contract lacks the column.
    """
    kind = plain_type(kind)
    if wanted in (None, "string") or is_text_type(kind) or is_binary_type(kind):
        return "string"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_timestamp(kind) or (pa.types.is_date(kind) and wanted == "timestamp"):
        return "timestamp"
    if pa.types.is_date(kind):
        return "date"
    return _number_type(kind)


def _number_type(kind: pa.DataType) -> str:
    if pa.types.is_floating(kind):
        return "double"
    if pa.types.is_decimal(kind):
        return f"decimal(38,{kind.scale})"
    return "decimal(38,0)" if pa.types.is_uint64(kind) else "bigint"


def is_all_null(parquet: pq.ParquetFile, name: str) -> bool:
    """Return whether a column has no value in the file: by its statistics, else by reading the column."""
    for group in range(parquet.num_row_groups):
        nulls = _null_count(parquet.metadata.row_group(group), name)
        if nulls is None:
            nulls = parquet.read_row_group(group, columns=[name]).column(name).null_count
        if nulls < parquet.metadata.row_group(group).num_rows:
            return False
    return True


def _null_count(group: pq.RowGroupMetaData, name: str) -> int | None:
    for leaf in map(group.column, range(group.num_columns)):
        if leaf.path_in_schema == name and leaf.statistics is not None and leaf.statistics.has_null_count:
            return leaf.statistics.null_count
    return None


def row_group_bytes(parquet: pq.ParquetFile) -> tuple[int, ...]:
    """Return the bytes of each row group, before compression."""
    return tuple(parquet.metadata.row_group(group).total_byte_size for group in range(parquet.num_row_groups))


def parquet_batches(file: DataFile, row_groups: Sequence[int], columns: Sequence[ParquetColumn],
                    fault: str) -> Iterator[Batch]:
    """Yield the rows of some row groups: columns by name, and the rule that a row breaks under the name `fault`.

    Raises:
        OSError, pa.ArrowException: a page is damaged, or the file is missing.
    """
    with opened_parquet(file) as parquet:
        for group in row_groups:
            for batch in parquet.iter_batches(_rows_at_once(parquet, group), row_groups=[group]):
                for part in _bounded(batch):
                    yield _in_types(part, columns, fault)


def _rows_at_once(parquet: pq.ParquetFile, group: int) -> int:
    metadata = parquet.metadata.row_group(group)
    return max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE * metadata.num_rows // max(metadata.total_byte_size, 1)))


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield a batch in bounded parts: values of a dictionary need more memory than their bytes in the file."""
    rows = max(1, batch.num_rows * BYTES_AT_ONCE // max(batch.nbytes, BYTES_AT_ONCE))
    return (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))


def _in_types(batch: pa.RecordBatch, columns: Iterable[ParquetColumn], fault: str) -> Batch:
    arrays: Batch = {}
    broken_rules = [pa.nulls(batch.num_rows, pa.string())]
    for column in columns:
        values, unrepresentable = in_type(batch.column(column.position), column.type, column.rule is not None)
        arrays[column.name] = values
        rule = NOT_UTF8 if column.type == "string" else column.rule
        if unrepresentable is not None:
            broken_rules.append(pc.if_else(unrepresentable, pa.scalar(rule), pa.scalar(None, pa.string())))
    return {**arrays, fault: pc.coalesce(*broken_rules)}
