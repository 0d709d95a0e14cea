"""JSON lines: one object a line, each value as text.

Numbers keep their written digits. `true` and `false` become these words. Nested values become compact JSON text. Where
the contract has a text, neither of them is one, as in a Parquet file: the record is quarantined.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobs.ingestion.column_names import folded
from jobs.ingestion.text_file import BLANKS, NOT_UTF8, PhysicalLines, RejectedRecord, is_text, replaced, text_or_null

PLAIN_DECODER = frozenset((str, type(None)))
NO_TEXT = (bool, dict, list)

Values = dict[str, str | None]
Decode = Callable[[str], Any]


class Number(str):
    """A number with its written digits, inside a list or an object."""

    __slots__ = ()


class NotJsonLines(Exception):
    """The file is one JSON array."""


def json_keys(lines: PhysicalLines) -> dict[str, str]:
    """Return every key of the file's objects with its column. Lines that are no object have no keys.

    Raises:
        NotJsonLines: the file begins with `[`.
        OSError, EOFError: the file breaks off or is damaged.
    """
    columns: dict[str, str] = {}
    decode = _decoder(str)
    for number, line in enumerate(_each_line(lines)):
        if number == 0 and line.lstrip(BLANKS).startswith("["):
            raise NotJsonLines
        if not _has_only(line, columns) and (row := _object(line, decode)) is not None:
            columns |= {key: folded(key) for key in row if is_text(key)}
    return columns


def json_records(lines: PhysicalLines, columns: Mapping[str, str],
                 text_rules: Mapping[str, str] | None = None) -> Iterator[Values | RejectedRecord]:
    """Yield the values of each line's object by column, or a `RejectedRecord`.

    Args:
        columns: the column of each key of the file.
        text_rules: the rule of each column that takes texts and numbers alone.

    Raises:
        OSError, EOFError: the file breaks off or is damaged.
    """
    decode, exact = _decoder(str), _decoder(Number)
    for line in _each_line(lines):
        values, rule = (None, None) if lines.too_long else _values(line, decode, exact, columns, text_rules or {})
        if values is None:
            yield RejectedRecord(replaced(line), None if is_text(line) else NOT_UTF8)
        elif rule:
            yield RejectedRecord(replaced(line), rule, {name: text_or_null(value) for name, value in values.items()})
        elif (lines.is_ascii and "\\u" not in line) or _all_text(values):
            yield values
        else:
            yield RejectedRecord(replaced(line), NOT_UTF8,
                                 {name: text_or_null(value) for name, value in values.items()})


def _each_line(lines: PhysicalLines) -> Iterator[str]:
    while True:
        lines.begin()
        if lines.pull() is None:
            return
        yield lines.text


def _has_only(line: str, known: Mapping[str, str]) -> bool:
    """Return whether an object has known keys alone. This check comes first, because it is the fastest."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and row.keys() <= known.keys()


def _values(line: str, decode: Decode, exact: Decode, columns: Mapping[str, str],
            text_rules: Mapping[str, str]) -> tuple[Values | None, str | None]:
    """Return the values of an object as texts, and the rule of `text_rules` that a value breaks, which then is null.

    The values are None where the line is no object, or two keys stand for one column.
    """
    row, rule = _object(line, decode), None
    if row is not None and not PLAIN_DECODER.issuperset(map(type, row.values())):
        row, rule = _texts(line, exact, columns, text_rules)
    if row is None:
        return None, None
    values = {columns.get(key, key): value for key, value in row.items()}
    return (values, rule) if len(values) == len(row) else (None, None)


def _object(line: str, decode: Decode) -> dict[str, Any] | None:
    try:
        row = decode(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _texts(line: str, exact: Decode, columns: Mapping[str, str],
           text_rules: Mapping[str, str]) -> tuple[Values | None, str | None]:
    """Return what `_values` does of an object with numbers, booleans or nested values; None at too deep nesting."""
    try:
        row = exact(line)
        broken = {key: text_rules[column] for key, value in row.items()
                  if isinstance(value, NO_TEXT) and (column := columns.get(key, key)) in text_rules}
        return ({key: None if key in broken else _text(value) for key, value in row.items()},
                next(iter(broken.values()), None))
    except RecursionError:
        return None, None


def _all_text(values: Values) -> bool:
    """Return whether no key and no value has half a character, from bytes or from escapes."""
    return all(map(is_text, values)) and all(value is None or is_text(value) for value in values.values())


def _decoder(number: type[str]) -> Decode:
    return json.JSONDecoder(object_pairs_hook=_without_repetition, parse_int=number, parse_float=number,
                            parse_constant=_no_json).decode


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a repeated key")
    return row


def _no_json(_: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    """Return a value's JSON text without blanks. A `Number` keeps its written digits."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact(key)}:{_compact(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
