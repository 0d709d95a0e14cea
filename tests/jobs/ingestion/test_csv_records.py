"""CSV records by RFC 4180, without an engine: what is one row, what is put aside, and that no line goes uncounted."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.ingestion import text_file
from jobs.ingestion.csv_records import csv_records, header
from jobs.ingestion.text_file import NOT_UTF8, PhysicalLines, RejectedRecord

NAMES = ("x", "y", "z")


def read(text: str, names=NAMES) -> list:
    """Rows, and records put aside, of a file's text after its header."""
    return list(csv_records(PhysicalLines(io.StringIO(text, newline="")), names))


def texts_aside(text: str) -> list[str]:
    return [record.text for record in read(text) if isinstance(record, RejectedRecord)]


def rows(text: str) -> list[list[str]]:
    return [record for record in read(text) if isinstance(record, list)]


FIELD = st.text(st.characters(codec="utf-8") | st.sampled_from('",\r\n a'), max_size=8)
TABLE = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(FIELD, min_size=width, max_size=width), min_size=1))


@given(TABLE, st.sampled_from(["\n", "\r\n", "\r"]))
def test_rows_that_a_csv_writer_wrote_come_back_equal(table, line_end):
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(table)
    assert read(file.getvalue(), [str(place) for place in range(len(table[0]))]) == table


@given(TABLE)
def test_rows_that_are_quoted_only_where_they_must_be_come_back_equal(table):
    file = io.StringIO(newline="")
    csv.writer(file).writerows(table)
    assert read(file.getvalue(), [str(place) for place in range(len(table[0]))]) == table


@given(st.lists(st.tuples(st.text('",a ', max_size=6), st.text('",a ', max_size=6)), max_size=8))
def test_any_text_is_read_to_its_end_and_every_line_is_in_one_record(parts):
    text = "\n".join(f"{before}<{number}>{after}" for number, (before, after) in enumerate(parts))
    found = "\n".join(record.text if isinstance(record, RejectedRecord) else ",".join(record) for record in read(text))
    assert [found.count(f"<{number}>") for number in range(len(parts))] == [1] * len(parts)


def test_a_line_break_inside_quotes_makes_no_second_row():
    forged = 'a,b,"fine\nr999,2026-11-20,forged"\nd,e,f\n'
    assert read(forged) == [["a", "b", "fine\nr999,2026-11-20,forged"], ["d", "e", "f"]]


@pytest.mark.parametrize("line, fields", [
    ('a,"b,c",d', ["a", "b,c", "d"]),
    ('a,"b ""c""",d', ["a", 'b "c"', "d"]),
    ('a,"b" ,c', ["a", "b", "c"]),
    ('a,"b\nb" ,c', ["a", "b\nb", "c"]),
    ('a,"b\nb" ,"c\nc"\t', ["a", "b\nb", "c\nc"]),
    ('a,5" wide,c', ["a", '5" wide', "c"]),
    ('a,b,c 5"', ["a", "b", 'c 5"']),
    ('a, "b",c', ["a", ' "b"', "c"]),
    ('"a"b,c,d', ['"a"b', "c", "d"]),
    ('"a\\"b",c,d', ['"a\\"b"', "c", "d"]),
    ('a,,""', ["a", "", ""]),
    ("a,b,c,,", ["a", "b", "c"]),
    ("a,b,c, ,", ["a", "b", "c"]),
    ("a,\u2028\x0b\x85,c", ["a", "\u2028\x0b\x85", "c"]),
], ids=repr)
def test_a_record_is_taken_apart_at_its_commas_and_quotes(line, fields):
    assert read(f"{line}\nd,e,f\n") == [fields, ["d", "e", "f"]]


@pytest.mark.parametrize("line", ["a,b", "a", "a,b,c,d", "a,b,c,,d", '"a,b",c', '""', 'a,"b\nb"', 'a,"b\nb",c,d'])
def test_a_record_with_another_number_of_fields_is_one_malformed_row(line):
    assert texts_aside(f"{line}\nd,e,f\n") == [line]
    assert rows(f"{line}\nd,e,f\n") == [["d", "e", "f"]]


def test_of_a_malformed_record_the_values_are_kept_that_were_read():
    assert read("a,b\n")[0].values == {"x": "a", "y": "b"}


@pytest.mark.parametrize("record", [
    'a,b,"c\nd,e,f"g',                      # text after the closing quote of several lines
    'a,b,"c\nd,e "yes" and\ng,h,forged"',   # quotes that nobody doubled
    'a,"b"c,"d\ne,f,forged"',               # text after a closing quote, and another quote that stays open
    'a,"b\nb"c,"d\ne,f,forged"',
    '"a"b"c,d,"e\nf,g,forged"',            # quotes that are even in number, of which the last is open all the same
], ids=repr)
def test_several_lines_with_broken_quotes_are_put_aside_line_by_line(record):
    assert texts_aside(f"{record}\nx,y,z\n") == record.split("\n")
    assert rows(f"{record}\nx,y,z\n") == [["x", "y", "z"]]


def test_a_quote_that_never_closes_puts_every_line_up_to_the_end_aside():
    assert texts_aside('a,b,c\nd,e,"f\n\ng,h,i\nj,k,l') == ['d,e,"f', "g,h,i", "j,k,l"]
    assert rows('a,b,c\nd,e,"f\n\ng,h,i\nj,k,l') == [["a", "b", "c"]]


def test_a_last_line_cut_within_quotes_is_one_malformed_row_with_its_values():
    aside, = read('a,b,"cut of')
    assert (aside.text, aside.values) == ('a,b,"cut of', {"x": "a", "y": "b", "z": "cut of"})


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_of_blanks_are_no_records_whatever_ends_them(line_end):
    assert read(line_end.join(["", "a,b,c", "  ", "\t", "d,e,f", "", ""])) == [["a", "b", "c"], ["d", "e", "f"]]


def test_a_record_beyond_the_bound_is_put_aside_up_to_its_closing_quote(monkeypatch):
    monkeypatch.setattr(text_file, "LONGEST_RECORD", 20)
    inside = [f"r{place},e,forged" for place in range(5)]
    text = "\n".join(['a,b,"c', *inside, 'end"', "x,y,z", ""])
    assert texts_aside(text) == ['a,b,"c', *inside, 'end"']
    assert rows(text) == [["x", "y", "z"]]


@pytest.mark.parametrize("rest, after", [("x" * 70, [["x", "y", "z"]]), ('x"' + "x" * 70, [])], ids=["closed", "open"])
def test_a_line_beyond_the_bound_is_one_malformed_row_and_its_quotes_count(monkeypatch, rest, after):
    monkeypatch.setattr(text_file, "LONGEST_RECORD", 20)
    text = f"a,b,c{'c' * 30}{rest}\nx,y,z\n"
    assert rows(text) == after
    assert texts_aside(text)[0].startswith("a,b,ccccc") and len(read(text)) == 2


@pytest.mark.parametrize("byte", [b"\xe9", b"\xe8", b"\xed\xa0\x80"])
def test_a_record_that_is_not_utf8_is_quarantined_with_a_null_value(byte):
    text = (b"jos" + byte + b",b,c\nd,e,f\n").decode("utf-8", "surrogateescape")
    aside, row = read(text)
    assert (aside.fault, aside.values, row) == (NOT_UTF8, {"x": None, "y": "b", "z": "c"}, ["d", "e", "f"])
    aside.text.encode()  # can be handed to an engine


def test_names_of_a_header_lose_blanks_around_them_and_empty_ones_at_the_end():
    assert header(PhysicalLines(io.StringIO('\n a ,"b\n",,c,, \n1,2\n'))) == ["a", "b", "", "c"]


def test_a_file_of_blank_lines_has_no_header():
    assert header(PhysicalLines(io.StringIO("\n \n"))) is None
