"""JSON lines without an engine: one object a line, each value as it is written."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.ingestion import text_file
from jobs.ingestion.json_records import NotJsonLines, json_keys, json_records
from jobs.ingestion.text_file import NOT_UTF8, PhysicalLines, RejectedRecord


def columns(text: str) -> dict[str, str]:
    return json_keys(PhysicalLines(io.StringIO(text, newline="")))


def read(text: str) -> list:
    """The values of each line, and lines put aside."""
    return list(json_records(PhysicalLines(io.StringIO(text, newline="")), columns(text)))


NAME = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5).filter(lambda name: name.strip())
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALAR = st.none() | st.booleans() | NUMBER | st.text(max_size=9)
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3))


def as_text(value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), VALUE, min_size=1), min_size=1), st.booleans(),
       st.sampled_from(["\n", "\r\n"]))
def test_objects_that_were_written_as_json_come_back_as_texts(objects, ascii_only, line_end):
    text = line_end.join(json.dumps(row, ensure_ascii=ascii_only) for row in objects)
    assert read(text) == [{name: as_text(value) for name, value in row.items()} for row in objects]


def test_numbers_keep_their_digits_also_inside_a_list():
    line = '{"a": 1.50, "b": 123456789012345678901234567890, "c": [1.50, {"d": -0.0, "e": "1"}, true, null]}'
    assert read(line) == [{"a": "1.50", "b": "123456789012345678901234567890",
                           "c": '[1.50,{"d":-0.0,"e":"1"},true,null]'}]


@pytest.mark.parametrize("line", [
    '{"a":1} {"a":2}', '{"a":1}{"a":2}', '{"a":1} rest', '[{"a":1}]', "1", '"a"', "null", "nul", '{"a":NaN}',
    '{"a":-Infinity}', '{"a":"1","a":"1"}', '{"b":{"a":1,"a":2}}', '{"a":"1","A":"2"}', '{"a":"1"," a ":"2"}',
    '{"a":1,}', '{"a":1', '{"a":"x\ty"}', "{'a':1}", '{"a":01}', '{"a":"\\q"}', "\ufeff{}", "[" * 100_000,
    '{"a":' * 100_000, '{"a":' + "[" * 700 + "]" * 700 + "}"],
    ids=lambda line: repr(line[:20]))
def test_a_line_that_is_not_one_plain_object_is_quarantined_whole(line):
    first, aside, last = read(f'{{"a":"x"}}\n{line}\n{{"a":"y"}}')
    assert (first, last) == ({"a": "x"}, {"a": "y"})
    assert aside == RejectedRecord(line, None, {})


@pytest.mark.parametrize("value", ["true", '{"id":"u1"}', '["u1"]', "[]"])
def test_a_value_that_is_no_text_where_the_contract_has_one_is_named_and_null(value):
    line = f'{{"user_id":{value},"quantity":{value},"other":{value},"seller_id":1}}'
    names = {name: name for name in ("user_id", "quantity", "other", "seller_id")}
    (aside,) = json_records(PhysicalLines(io.StringIO(line)), names, {"user_id": "user_id is a string",
                                                                      "seller_id": "seller_id is a string"})
    assert aside == RejectedRecord(line, "user_id is a string", {"user_id": None, "quantity": value, "other": value,
                                                                 "seller_id": "1"})


def test_a_number_of_five_thousand_digits_is_its_digits():
    assert read('{"a": -0, "b": ' + "7" * 5_000 + "}") == [{"a": "-0", "b": "7" * 5_000}]


def test_keys_come_from_the_whole_file_and_are_folded_to_columns():
    text = '{"a": 1}\n' * 200 + '{"User_ID ": "u1"}\n{"user_id": "u2"}\n'
    assert columns(text) == {"a": "a", "User_ID ": "user_id", "user_id": "user_id"}
    assert read(text)[-2:] == [{"user_id": "u1"}, {"user_id": "u2"}]


def test_a_line_that_is_put_aside_adds_no_key():
    assert columns('{"a":1}\n{"b":1,"b":2}\n{"c":1} {}\n{"d":NaN}\n') == {"a": "a"}


@pytest.mark.parametrize("text", ['[{"a":1}]', '\n  [\n{"a":1}]', "["])
def test_an_array_for_a_file_is_named(text):
    with pytest.raises(NotJsonLines):
        columns(text)


@pytest.mark.parametrize("line", [b'{"a":"jos\xe9","b":"x"}', b'{"a":"\\ud800","b":"x"}', b'{"a":["\\uDC00"],"b":"x"}'])
def test_half_characters_and_other_bytes_put_a_line_aside_by_name(line):
    aside, = read(line.decode("utf-8", "surrogateescape"))
    assert (aside.fault, aside.values) == (NOT_UTF8, {"a": None, "b": "x"})
    aside.text.encode()  # can be handed to an engine


def test_a_pair_of_escapes_is_one_character():
    assert read('{"a":"\\u00e9\\ud83d\\ude00"}') == [{"a": "é😀"}]


def test_a_line_beyond_the_bound_is_put_aside_though_it_begins_with_an_object(monkeypatch):
    monkeypatch.setattr(text_file, "LONGEST_RECORD", 20)
    aside, row = read('{"a":1}' + " " * 30 + 'x\n{"a":2}\n')
    assert (aside.text[:7], row) == ('{"a":1}', {"a": "2"})
