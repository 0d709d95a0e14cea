"""CSV and JSON lines as Arrow batches of texts, bounded in rows and characters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.inputs.quarantine import FAULT, MALFORMED
from jobs.ingestion.csv_records import csv_records, header
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.json_records import json_records
from jobs.ingestion.text_file import Aside, PhysicalLines, open_text

# A batch of the longest records there may be would not fit if only its rows were counted.
ROWS_AT_ONCE, CHARACTERS_AT_ONCE = 10_000, 64_000_000

Batch = dict[str, pa.Array]  # arrays of one length by column


def csv_batches(file: DataFile, names: Sequence[str]) -> Iterator[Batch]:
    """The records of a CSV file: a text for each of `names`, which are the columns of its header in order.

    Records that are no rows are batches of their own, with their text as MALFORMED and their rule as FAULT.
    """
    with open_text(file) as stream:
        lines = PhysicalLines(stream)
        header(lines)
        for rows, asides in _batches(csv_records(lines, names), lines):
            if rows:
                yield dict(zip(names, map(_without_empty, zip(*rows))))
            if asides:
                yield _set_aside(asides, names)


def json_batches(file: DataFile, columns: Mapping[str, str]) -> Iterator[Batch]:
    """The records of a file of JSON lines, as `csv_batches` gives those of a CSV file.

    Args:
        columns: the column that each key of the file stands for.
    """
    names = list(dict.fromkeys(columns.values()))
    with open_text(file) as stream:
        lines = PhysicalLines(stream)
        for rows, asides in _batches(json_records(lines, columns), lines):
            if rows:
                yield {**_by_name(rows, names), FAULT: pa.nulls(len(rows), pa.string())}
            if asides:
                yield _set_aside(asides, names)


def _batches(records: Iterable, lines: PhysicalLines) -> Iterator[tuple[list, list[Aside]]]:
    rows: list = []
    asides: list[Aside] = []
    begun = 0
    for record in records:
        (asides if type(record) is Aside else rows).append(record)
        if len(rows) + len(asides) == ROWS_AT_ONCE or lines.characters - begun > CHARACTERS_AT_ONCE:
            yield rows, asides
            rows, asides, begun = [], [], lines.characters
    yield rows, asides


def _without_empty(values: Sequence[str]) -> pa.Array:
    """Texts of CSV, where nothing between two commas is null."""
    texts = pa.array(values, pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _set_aside(asides: Sequence[Aside], names: Iterable[str]) -> Batch:
    return {**_by_name([aside.values for aside in asides], names),
            MALFORMED: pa.array([aside.text for aside in asides], pa.string()),
            FAULT: pa.array([aside.fault for aside in asides], pa.string())}


def _by_name(rows: Sequence[Mapping[str, str | None]], names: Iterable[str]) -> Batch:
    return {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
