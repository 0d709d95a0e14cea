"""CSV and JSON lines in Python, as Spark's readers read them, for an engine whose own stop at a line that is cut off.

A line that its format cannot take apart is kept whole beside what was read of it, like Spark's PERMISSIVE mode does.
Known to differ from Spark: JSON in single quotes is malformed here, and a value that is itself an object or a list is
written anew, without its spaces.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Lines of one batch; a batch of the longest lines there may be (100 MB) would not fit otherwise.
LINES, LETTERS = 10_000, 64_000_000

Row = Mapping[str, str | None]

# A field in quotes ends at a quote that a comma or the line's end follows, blanks between them left out, or with the
# line. Where something else follows the quote, the field is what it looks like, up to the next comma.
_FIELD = re.compile(r'''(?:"(?P<quoted>(?:[^"]|"")*+)(?:"[ \t]*+(?=,|\Z)|(?P<open>\Z)|(?P<stray>"[^,]*))|'''
                    r'''(?P<bare>[^,]*))(?P<more>,|\Z)''')


def read(spark: "SparkSession", kind: str, names: Sequence[str], malformed: str,
         files: Sequence[tuple[Path, dt.date]]) -> "DataFrame":
    """The rows of files of one shape: (names, malformed = the line where it is none, ds), all text but `ds`.

    Args:
        kind: csv, whose first line is its header, or jsonl.
        files: each with the day it is of.
    """
    paths, days = zip(*files)
    listed = pa.table({"path": [str(path) for path in paths], "ds": pa.array(days, pa.date32())})
    shown = [name for name in (*names, malformed) if name != "ds"]  # the folder says the day, not a column
    ddl = ", ".join([*(f"`{name.replace('`', '``')}` string" for name in shown), "ds date"])
    return spark.createDataFrame(listed).mapInArrow(partial(_batches, kind, tuple(names), malformed), ddl)


def _batches(kind: str, names: Sequence[str], malformed: str,
             listed: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(name, pa.string()) for name in (*names, malformed) if name != "ds"])
    for batch in listed:
        for path, day in zip(batch["path"].to_pylist(), batch["ds"].to_pylist()):
            with Path(path).open(encoding="utf-8-sig", errors="replace") as lines:
                for rows in _portions(_parsed(kind, names, malformed, lines)):
                    texts = pa.RecordBatch.from_pylist(rows, schema)
                    yield texts.append_column("ds", pa.repeat(pa.scalar(day, pa.date32()), len(rows)))


def _portions(rows: Iterator[tuple[int, Row]]) -> Iterator[list[Row]]:
    portion, letters = [], 0
    for length, row in rows:
        portion.append(row)
        letters += length
        if len(portion) == LINES or letters > LETTERS:
            yield portion
            portion, letters = [], 0
    if portion:
        yield portion


def _parsed(kind: str, names: Sequence[str], malformed: str, lines: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Each row of a file with the length of its line."""
    parse: Callable[[str], tuple[Row, bool]] = partial({"csv": of_csv, "jsonl": of_json}[kind], names)
    there = (line for line in lines if line.strip())
    for line in islice(there, 1 if kind == "csv" else 0, None):
        text = line.removesuffix("\n")
        row, well = parse(text)
        yield len(text), row if well else {**row, malformed: text}


def of_csv(names: Sequence[str], line: str) -> tuple[Row, bool]:
    """Values of a line by name, null where there is nothing between two commas; and whether all are there."""
    values = [_value(found) for found in _matches(line)]
    return {name: value or None for name, value in zip(names, values)}, len(values) == len(names)


def _matches(line: str) -> Iterator[re.Match]:
    place, more = 0, ","
    while more:
        found = _FIELD.match(line, place)
        place, more = found.end(), found["more"]
        yield found


def _value(found: re.Match) -> str:
    if found["quoted"] is None:
        return found["bare"]
    inside = found["quoted"].replace('""', '"')
    if found["stray"] is not None:
        return f'"{inside}{found["stray"]}'
    return inside if inside or found["open"] is None else '"'


def of_json(names: Sequence[str], line: str) -> tuple[Row, bool]:
    """Values of an object by name, each as it is written; and whether the line is one object."""
    try:
        row = json.loads(line, parse_int=str, parse_float=str)
    except ValueError:
        return {}, False
    if not isinstance(row, dict):
        return {}, False
    return {name: _text(row.get(name)) for name in names}, True


def _text(value) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # half of a pair of surrogates is no text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
