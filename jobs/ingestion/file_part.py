"""Work of an engine's worker: reads its parts of landed files and returns batches of one schema."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from features.inputs.quarantine import FAULT, MALFORMED
from jobs.ingestion.arrow_values import arrow_type
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.parquet_records import ParquetColumn, parquet_batches
from jobs.ingestion.text_batches import csv_batches, json_batches

OTHER_DAY = "ds is the day of its folder"

Batch = dict[str, pa.Array]  # arrays of one length by column

# Columns by format: CSV has the columns in order, JSON lines the column of each key, Parquet its `ParquetColumn`s.
Sources = Sequence[str] | Mapping[str, str] | Sequence[ParquetColumn]


class FilePart(NamedTuple):
    """The part of a file that one worker reads: a text file, or the `row_groups` of a Parquet file.

    `text_rules` has the rule of each column whose values in JSON lines must be texts or numbers.
    """

    file: DataFile
    sources: Sources
    row_groups: tuple[int, ...] = ()
    text_rules: Mapping[str, str] = {}


class Unreadable(Exception):
    """A file cannot be read to its end. The message has the file and the class of the error, and no value."""


def read_shares(shares: Sequence[Sequence[FilePart]], types: Mapping[str, str],
                tasks: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the shares whose numbers are the input rows, as `batches` does. For `mapInArrow`."""
    for task in tasks:
        for number in task.column(0).to_pylist():
            yield from batches(shares[number], types)


def batches(parts: Sequence[FilePart], types: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of some parts: the columns of `types`, MALFORMED, FAULT and `ds`, the day of the file's folder.

    Raises:
        Unreadable: a file is damaged.
    """
    for part in parts:
        try:
            for batch in _batches(part):
                yield _with_day(batch, part.file.day, types)
        except Exception as failure:  # an engine would log the error with the value that it quotes
            raise Unreadable(f"{part.file.shown}: {type(failure).__name__}") from None


def read_through(part: FilePart) -> None:
    """Read a part to its end and return nothing.

    Raises:
        OSError, EOFError, pa.ArrowException and others: the file is damaged.
    """
    for _ in _batches(part):
        pass


def _batches(part: FilePart) -> Iterator[Batch]:
    if part.file.format == "parquet":
        return parquet_batches(part.file, part.row_groups, part.sources, FAULT)
    if part.file.format == "csv":
        return csv_batches(part.file, part.sources)
    return json_batches(part.file, part.sources, part.text_rules)


def _with_day(batch: Batch, day: dt.date, types: Mapping[str, str]) -> pa.RecordBatch:
    rows = len(next(iter(batch.values())))
    faults = batch.get(FAULT, pa.nulls(rows, pa.string()))
    if "ds" in batch and MALFORMED not in batch:
        faults = pc.coalesce(faults, _of_another_day(batch["ds"], day))
    arrays = [batch[name] if name in batch else pa.nulls(rows, arrow_type(kind)) for name, kind in types.items()]
    malformed = batch.get(MALFORMED, pa.nulls(rows, pa.string()))
    return pa.RecordBatch.from_arrays([*arrays, malformed, faults, pa.repeat(pa.scalar(day, pa.date32()), rows)],
                                      names=[*types, MALFORMED, FAULT, "ds"])


def _of_another_day(days: pa.Array, day: dt.date) -> pa.Array:
    """Return OTHER_DAY where a row's own `ds` is another day than its folder's, else null."""
    encoded = days.dictionary_encode()
    rules = [OTHER_DAY if _is_another_day(text, day) else None for text in encoded.dictionary.to_pylist()]
    return pa.array(rules, pa.string()).take(encoded.indices)


def _is_another_day(text: str, day: dt.date) -> bool:
    try:
        time = dt.datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return False
    in_utc = time.astimezone(dt.UTC) if time.tzinfo and dt.date.min < time.date() < dt.date.max else time
    return day not in (time.date(), in_utc.date())
