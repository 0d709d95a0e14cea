"""Columns of landed files, checked against the contract before any row is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from features.inputs.contract import Table
from features.inputs.masking import INNER, OUTER, displayed_name
from features.inputs.quarantine import FAULT, MALFORMED, kind_rule
from jobs.errors import UserError
from jobs.ingestion import json_records
from jobs.ingestion.arrow_values import is_binary_type, plain_type
from jobs.ingestion.column_names import UNNAMED, folded, repeated
from jobs.ingestion.csv_records import header
from jobs.ingestion.damage import DAMAGE, unreadable, unreadable_footer
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.file_part import FilePart
from jobs.ingestion.input_schema import ACCEPTED, check_schema
from jobs.ingestion.parquet_records import (
    NULL_TYPE,
    ParquetColumn,
    is_all_null,
    opened_parquet,
    row_group_bytes,
    spark_type,
)
from jobs.ingestion.text_file import PhysicalLines, RejectedRecord, open_text, size_of

RESERVED = (MALFORMED, FAULT, INNER, OUTER)  # columns that ingest adds
MOST_COLUMNS = 1_000  # per file; a file with more keys has values for keys
MOST_DIGITS = 38  # of a decimal in the engines


@dataclass(frozen=True)
class FileLayout:
    """A file's columns and parts.

    Attributes:
        types: Spark type of each column but `ds`. A column of the contract is `string`, `bigint`, `double`,
            `decimal(38,n)`, `timestamp`, `date` or `boolean`; any other column is `string`. A column without any value
            is `void`.
        parts: the parts of the file that workers read separately.
        sizes: bytes of each part.
    """

    types: Mapping[str, str]
    parts: Sequence[FilePart]
    sizes: Sequence[int]


def file_schema(file: DataFile, table: Table) -> dict[str, str]:
    """Return the Spark type of each column of a file but `ds`, as in `FileLayout`.

    Raises:
        UserError: the file cannot be read, or its columns are not the contract's.
    """
    return dict(file_layout(file, table).types)


def file_layout(file: DataFile, table: Table) -> FileLayout:
    """Return the columns and parts of a file.

    Raises:
        UserError: the file cannot be read, or its columns are not the contract's.
    """
    try:
        size = size_of(file)
        if size == 0:
            return FileLayout({}, (), ())
        if file.format == "parquet":
            return _of_parquet(file, table)
        columns = (_csv_columns if file.format == "csv" else _json_columns)(file, table)
    except DAMAGE as failure:
        raise unreadable(file, table, failure) from None
    if columns is None:
        return FileLayout({}, (), ())
    names = columns.values() if isinstance(columns, dict) else columns
    text_rules = {column.name: kind_rule(column) for column in table.columns if column.type == "string"}
    part = FilePart(file, columns, text_rules=text_rules)
    return FileLayout({name: "string" for name in names if name != "ds"}, (part,), (size,))


def _csv_columns(file: DataFile, table: Table) -> tuple[str, ...] | None:
    """Return the column of each name of the header, in order; None where the file has no record."""
    with open_text(file) as stream:
        names = header(PhysicalLines(stream))
    if names is None:
        return None
    if isinstance(names, RejectedRecord):
        fault = "is not UTF-8" if names.fault else "cannot be parsed"
        raise UserError(f"{table.name}, {file.day}: the header of {file.shown} {fault}. Expected "
                        f"{', '.join(table.names)}. Mend the file, then run the day again.")
    _check(file, table, [(name, "string") for name in names if name])
    return tuple(folded(name) if name else f"{UNNAMED}_{position}" for position, name in enumerate(names, start=1))


def _json_columns(file: DataFile, table: Table) -> dict[str, str]:
    """Return the column of each key of the file. A column of the contract without a key is null in every row."""
    try:
        with open_text(file) as stream:
            columns = json_records.json_keys(PhysicalLines(stream))
    except json_records.NotJsonLines:
        raise UserError(f"{table.name}, {file.day}: {file.shown} is one JSON array, expected one object a line. Write "
                        "it again with jq -c '.[]', then run the day again.") from None
    spellings = {column: key for key, column in reversed(columns.items())}  # keys may differ in upper and lower case
    if spellings.keys() <= {*table.names, "ds"}:
        spellings = {name: name for name in table.names}
    _check(file, table, [(name, "string") for name in spellings.values()])
    return columns


def _of_parquet(file: DataFile, table: Table) -> FileLayout:
    try:
        with opened_parquet(file) as parquet:
            return _parquet_layout(file, table, parquet)
    except pa.ArrowException as failure:
        raise unreadable_footer(file, table, failure) from None


def _parquet_layout(file: DataFile, table: Table, parquet: pq.ParquetFile) -> FileLayout:
    fields = list(parquet.schema_arrow)
    without_value = {field.name for field in fields
                     if _has_wrong_type(field, table) and is_all_null(parquet, field.name)}
    _check(file, table, [(field.name, "null" if field.name in without_value else _type_name(field.type))
                         for field in fields])
    columns = [_parquet_column(table, position, field) for position, field in enumerate(fields)
               if field.name not in without_value]
    types = {folded(name): NULL_TYPE for name in without_value} | {column.name: column.type for column in columns}
    types.pop("ds", None)
    sizes = row_group_bytes(parquet)
    return FileLayout(types, [FilePart(file, columns, (group,)) for group in range(len(sizes))], sizes)


def _parquet_column(table: Table, position: int, field: pa.Field) -> ParquetColumn:
    name = folded(field.name)
    if name not in table.names:
        return ParquetColumn(position, name, "string", None)
    column = table.column(name)
    return ParquetColumn(position, name, spark_type(field.type, column.type), kind_rule(column))


def _has_wrong_type(field: pa.Field, table: Table) -> bool:
    name = folded(field.name)
    if name not in table.names:
        return False
    type_name = _type_name(field.type).lower()
    return pa.types.is_null(field.type) or not re.fullmatch(ACCEPTED[table.column(name).type], type_name)


def _type_name(kind: pa.DataType) -> str:
    """Return the name of a type as `ACCEPTED` spells it."""
    kind = plain_type(kind)
    if is_binary_type(kind):
        return "string"
    if pa.types.is_float16(kind):
        return "float"
    if pa.types.is_decimal(kind) and kind.precision > MOST_DIGITS:
        return f"a decimal of {kind.precision} digits"
    return str(kind)


def _check(file: DataFile, table: Table, columns: Sequence[tuple[str, str]]) -> None:
    """Check that the contract allows the columns, and that no two names stand for one column.

    Args:
        columns: names as in the file, with types as `ACCEPTED` spells them.

    Raises:
        UserError: a column is missing, repeated, reserved or of a wrong type.
    """
    table_day, names = f"{table.name}, {file.day}", [name for name, _ in columns]
    if len(names) > MOST_COLUMNS:
        raise UserError(f"{table_day}: {file.shown} has {len(names)} columns, expected at most {MOST_COLUMNS}. Mend "
                        "the file, then run the day again.")
    check_schema({_name_in_check(table, name): kind for name, kind in columns}, table, where=file.shown, ds=file.day)
    if same := repeated(names):
        raise UserError(f"{table_day}: the columns {', '.join(map(displayed_name, same))} of {file.shown} have one "
                        "name. Expected each name once, in upper or lower case. Mend the file, then run the day again.")
    if reserved := [name for name in names if folded(name) in RESERVED]:
        raise UserError(f"{table_day}: {file.shown} has the column {reserved[0]}, a name that ingest uses itself. "
                        "Rename it, then run the day again.")


def _name_in_check(table: Table, name: str) -> str:
    """Return the contract's name for a column, else the file's name."""
    return folded(name) if folded(name) in (*table.names, "ds") else name
