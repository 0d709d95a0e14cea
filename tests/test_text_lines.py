"""CSV and JSON lines as Python takes them apart, against Spark's own readers."""

import json
import random

import pytest
from conftest import day

from features.quarantine import MALFORMED
from jobs import landing, text_lines

FRI = day("2026-11-20")
NAMES = ("x", "y", "z")
CSV = ["a,b,c", "a,b", "a,b,c,d", ",,", "", "  ", '"",,', '"a,b",c,d', '"a ""b""",c,d', '"a" ,b,c', ' "a",b,c',
       '"a"b,c,d', '"a,b,c', 'a,"b,c', 'a,b,"c', '"', 'a,b,"', '"""', '"a"""b,c', '"a\\"b",c,d', "é,\u2028,c",
       "a,b,c\r"]
JSON = ['{"x":"1","y":1.50,"z":1e3}', '{"x":true,"y":null}', "{}", "", '{"x":-0.0,"y":123456789012345678901234567890}',
        '{"x":NaN,"y":-Infinity}', '{"x":"\\u00e9\\ud83d\\ude00"}', '{"x":"\\ud800"}', '{"x":"1","x":"2"}', ' {"x":1} ',
        '{"X":"1","w":"2"}', '{"x":1', '{"x":"a', '{"x":1,}', '{"x":"a" "y":1}', '{"x":"\\q"}', "{x:1}", '{"x":01}',
        "1", '"a"', "null", "nul", "[1]", '{"x":"a\tb"}', "\ufeff"]


def landed(tmp_path, kind: str, lines: list[str]):
    file = tmp_path / "t" / f"ds={FRI}" / f"part-0.{kind}"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = ["x,y,z"] if kind == "csv" else []
    file.write_text("\n".join(head + lines), encoding="utf-8", newline="")
    return file


def by_both(spark, kind, file) -> tuple[list, list]:
    """Rows as Spark's reader has them, and as ours has, in an order of their own."""
    shape = (kind, tuple((name, "string") for name in NAMES))
    frames = (landing._by_spark(spark, shape, [file]), text_lines.read(spark, kind, NAMES, MALFORMED, [(file, FRI)]))
    columns = [*NAMES, MALFORMED, "ds"]
    return tuple(sorted(frame.select(*columns).collect(), key=repr) for frame in frames)


def stray_at_the_end(line: str) -> bool:
    """Whether the last field has a quote in its middle and one at its end, which Spark's reader doubles."""
    *_, last = text_lines._matches(line)
    return (last["stray"] or "")[1:].endswith('"')


def test_lines_of_csv_are_read_as_spark_reads_them(spark, tmp_path):
    draw = random.Random(3)
    made = ["".join(draw.choices('",a b\\', k=draw.randrange(1, 12))) for _ in range(3_000)]
    lines = CSV + [line for line in made if not stray_at_the_end(line)]
    assert len(lines) > 2_900
    by_spark, ours = by_both(spark, "csv", landed(tmp_path, "csv", lines))
    assert ours == by_spark


def test_lines_of_json_are_read_as_spark_reads_them(spark, tmp_path):
    cut = json.dumps(dict(zip(NAMES, ("a \"b\"", 12.5, None))))
    lines = JSON + [cut[:place] for place in range(1, len(cut))]
    by_spark, ours = by_both(spark, "jsonl", landed(tmp_path, "jsonl", lines))
    assert ours == by_spark


@pytest.mark.parametrize("line", ["{'x':'1'}", '{"x":1} {"x":2}', '[{"x":1}]', '{"x":1} rest'])
def test_json_that_spark_reads_with_good_will_is_put_aside(line):
    assert text_lines.of_json(NAMES, line) == ({}, False)


def test_what_is_no_text_is_written_as_json():
    assert text_lines.of_json(NAMES, '{"x": {"a": [true, null]}, "y": false}')[0] == {
        "x": '{"a":[true,null]}', "y": "false", "z": None}


def test_a_column_ds_gives_way_to_the_day_of_the_folder(spark, tmp_path):
    file = landed(tmp_path, "csv", ["a,2020-01-01,c"])
    row, = text_lines.read(spark, "csv", ("x", "ds", "z"), MALFORMED, [(file, FRI)]).collect()
    assert (row.x, row.z, row.ds) == ("a", "c", FRI)


def test_portions_are_bounded_by_lines_and_by_letters(monkeypatch):
    monkeypatch.setattr(text_lines, "LINES", 3)
    monkeypatch.setattr(text_lines, "LETTERS", 10)
    portions = list(text_lines._portions(iter([(1, {})] * 4 + [(11, {})] + [(1, {})])))
    assert [len(portion) for portion in portions] == [3, 2, 1]
