"""CSV by RFC 4180: commas, a header, commas and line breaks inside quotes.

Python's `csv.reader` parses well-formed records. `_FIELD` parses the records at which `csv.reader` fails. Where a quote
may still be open, every line goes to the quarantine: no text inside a quote may become a row of its own.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from jobs.ingestion.text_file import (
    BLANKS,
    LINE_ENDS,
    LONGEST_RECORD,
    NOT_UTF8,
    PhysicalLines,
    RejectedRecord,
    TooLong,
    is_blank,
    is_text,
    replaced,
    text_or_null,
)

# A quoted field ends at a quote before a comma or before the record's end; blanks may stand in between. An unclosed
# field ends with the record. Where another character follows the quote, the field is literal text up to the next comma.
_FIELD = re.compile(r'''(?:"(?P<quoted>[^"]*+(?:""[^"]*+)*+)(?:"[ \t]*+(?=,|\Z)|(?P<open>\Z)|(?P<stray>"[^,]*))|'''
                    r'''(?P<bare>[^,]*))(?P<more>,|\Z)''')

Fields = list[str]


def header(lines: PhysicalLines) -> Fields | RejectedRecord | None:
    """Return the names in the first record, without blanks around a name and without empty names at the end.

    Returns:
        None where the file has no record; a `RejectedRecord` where the record cannot be parsed or is not UTF-8.
    """
    first = next(_records(lines, ()), None)
    if first is None or isinstance(first, RejectedRecord):
        return first
    if not is_text(lines.text):
        return RejectedRecord(replaced(lines.text), NOT_UTF8)
    names = [name.strip() for name in first]
    while names and not names[-1]:
        names.pop()
    return names


def csv_records(lines: PhysicalLines, names: Sequence[str]) -> Iterator[Fields | RejectedRecord]:
    """Yield each record after the header: one field for each name, or a `RejectedRecord`.

    Raises:
        OSError, EOFError: the file breaks off or is damaged.
    """
    width = len(names)
    for fields in _records(lines, names):
        if isinstance(fields, RejectedRecord) or (len(fields) == width and lines.is_ascii):
            yield fields
        else:
            yield _fitted(fields, names, lines.text)


def _fitted(fields: Fields, names: Sequence[str], text: str) -> Fields | RejectedRecord:
    if not is_text(text):
        return RejectedRecord(replaced(text), NOT_UTF8, _by_name(names, fields))
    if len(fields) < len(names) or any(field.strip(BLANKS) for field in fields[len(names):]):
        return RejectedRecord(text, None, _by_name(names, fields))
    return fields[:len(names)]


def _by_name(names: Sequence[str], fields: Fields) -> dict[str, str | None]:
    return {name: text_or_null(field) or None for name, field in zip(names, fields)}


def _records(lines: PhysicalLines, names: Sequence[str]) -> Iterator[Fields | RejectedRecord]:
    """Yield the fields of each record, or the lines of a record with wrong quotes."""
    csv.field_size_limit(2 * LONGEST_RECORD)  # a setting of the process
    reader = csv.reader(lines, strict=True)
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, TooLong):
            yield from _otherwise_quoted(lines, names)
        else:
            yield fields


def _otherwise_quoted(lines: PhysicalLines, names: Sequence[str]) -> Iterator[Fields | RejectedRecord]:
    """Yield the record at which `csv.reader` failed.

    A single line with closed quotes is parsed leniently. Several lines are parsed leniently where their only fault is
    blanks after a closing quote. Every line of other records goes to the quarantine, up to the line that closes the
    quotes.
    """
    single = len(lines.record) == 1 and not lines.too_long
    fields = list(_matches(lines.text)) if single else []
    if single and fields[-1]["open"] is None:
        yield list(map(_value, fields))
        return
    is_open = _pull_rest(lines, is_open=single or _odd("".join(lines.record)))
    if not is_open and not lines.too_long and _well_quoted(matches := list(_matches(lines.text))):
        yield list(map(_value, matches))
        return
    single_values = _by_name(names, list(map(_value, fields)))
    yield from [_aside(lines.text, single_values)] if len(lines.record) == 1 else _each_aside(lines.record)
    yield from _lines_to_closing_quote(lines, is_open)


def _pull_rest(lines: PhysicalLines, is_open: bool) -> bool:
    """Pull lines up to the line that closes the quotes, and return whether the quotes are still open at the end."""
    while is_open and not lines.too_long and (line := lines.pull()) is not None:
        is_open ^= _odd(line)
    return is_open


def _lines_to_closing_quote(lines: PhysicalLines, is_open: bool) -> Iterator[RejectedRecord]:
    """Yield the remaining lines of a record that is longer than `LONGEST_RECORD`."""
    while is_open:
        lines.begin()
        if (line := lines.pull()) is None:
            return
        yield from _each_aside([line])
        is_open ^= _odd(line)


def _each_aside(lines: Sequence[str]) -> Iterator[RejectedRecord]:
    return (_aside(line.rstrip(LINE_ENDS)) for line in lines if not is_blank(line))


def _aside(text: str, values: dict[str, str | None] | None = None) -> RejectedRecord:
    return RejectedRecord(replaced(text), None if is_text(text) else NOT_UTF8, values or {})


def _well_quoted(fields: Sequence[re.Match]) -> bool:
    return all(field["stray"] is None and field["open"] is None for field in fields)


def _odd(text: str) -> bool:
    return text.count('"') % 2 == 1


def _matches(text: str) -> Iterator[re.Match]:
    position, more = 0, ","
    while more:
        match = _FIELD.match(text, position)
        position, more = match.end(), match["more"]
        yield match


def _value(match: re.Match) -> str:
    if match["quoted"] is None:
        return match["bare"]
    inside = match["quoted"].replace('""', '"')
    return inside if match["stray"] is None else f'"{inside}{match["stray"]}'
