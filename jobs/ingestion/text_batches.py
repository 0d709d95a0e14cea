"""CSV and JSON lines as Arrow batches of texts, bounded in rows and characters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.inputs.quarantine import FAULT, MALFORMED
from jobs.ingestion.csv_records import csv_records, header
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.json_records import json_records
from jobs.ingestion.text_file import PhysicalLines, RejectedRecord, open_text

# Both bounds are needed: a batch of the longest possible records would exceed the memory by its characters.
ROWS_AT_ONCE, CHARACTERS_AT_ONCE = 10_000, 64_000_000

Batch = dict[str, pa.Array]  # arrays of one length by column


def csv_batches(file: DataFile, names: Sequence[str]) -> Iterator[Batch]:
    """Yield the records of a CSV file: a text for each of `names`, the columns of the header in order.

    Records that are no rows have batches of their own, with their text as MALFORMED and their rule as FAULT.
    """
    with open_text(file) as stream:
        lines = PhysicalLines(stream)
        header(lines)
        for rows, asides in _batches(csv_records(lines, names), lines):
            if rows:
                yield dict(zip(names, map(_without_empty, zip(*rows))))
            if asides:
                yield _rejected_rows(asides, names)


def json_batches(file: DataFile, columns: Mapping[str, str], text_rules: Mapping[str, str]) -> Iterator[Batch]:
    """Yield the records of a file of JSON lines, in the form of `csv_batches`.

    Args:
        columns: the column of each key of the file.
        text_rules: the rule of each column that takes texts and numbers alone.
    """
    names = list(dict.fromkeys(columns.values()))
    with open_text(file) as stream:
        lines = PhysicalLines(stream)
        for rows, asides in _batches(json_records(lines, columns, text_rules), lines):
            if rows:
                yield {**_by_name(rows, names), FAULT: pa.nulls(len(rows), pa.string())}
            if asides:
                yield _rejected_rows(asides, names)


def _batches(records: Iterable, lines: PhysicalLines) -> Iterator[tuple[list, list[RejectedRecord]]]:
    rows: list = []
    asides: list[RejectedRecord] = []
    first_character = 0
    for record in records:
        (asides if type(record) is RejectedRecord else rows).append(record)
        if len(rows) + len(asides) == ROWS_AT_ONCE or lines.characters - first_character > CHARACTERS_AT_ONCE:
            yield rows, asides
            rows, asides, first_character = [], [], lines.characters
    yield rows, asides


def _without_empty(values: Sequence[str]) -> pa.Array:
    """Return texts of CSV with null for an empty text."""
    texts = pa.array(values, pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _rejected_rows(asides: Sequence[RejectedRecord], names: Iterable[str]) -> Batch:
    return {**_by_name([record.values for record in asides], names),
            MALFORMED: pa.array([record.text for record in asides], pa.string()),
            FAULT: pa.array([record.fault for record in asides], pa.string())}


def _by_name(rows: Sequence[Mapping[str, str | None]], names: Iterable[str]) -> Batch:
    return {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
