"""Parquet files of other writers, without an engine: few types come out, and what cannot be held is named."""

import datetime as dt
import decimal
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.inputs.contract import Column, Table
from features.inputs.quarantine import FAULT
from jobs.errors import UserError
from jobs.ingestion import parquet_records
from jobs.ingestion.data_file import data_file
from jobs.ingestion.file_part import batches
from jobs.ingestion.file_schema import file_layout, file_schema
from tests.support.builders import day

FRI = day("2026-11-20")
TABLE = Table(name="t", key="id", event_time="at", meaning="", quirks="", columns=tuple(
    Column(name, kind, "") for name, kind in (("id", "string"), ("at", "timestamp"), ("day", "date"), ("n", "bigint"),
                                              ("ok", "boolean"), ("p", "double"))))
AT = dt.datetime(2026, 11, 20, 8, 30, 0, 123456)
EVERY_ZONE = AT.replace(tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parquet")


def landed(folder, columns, **how):
    """A file of some columns beside an id for each row."""
    rows = len(next(iter(columns.values())))
    whole = {"id": pa.array([f"i{row}" for row in range(rows)]), "at": pa.nulls(rows), "day": pa.nulls(rows),
             "n": pa.nulls(rows), "ok": pa.nulls(rows), "p": pa.nulls(rows)} | columns
    pq.write_table(pa.table(whole), folder / "part-0.parquet", **how)
    return data_file(folder / "part-0.parquet", FRI)


def read(file) -> pa.Table:
    layout = file_layout(file, TABLE)
    types = {name: "string" if kind == "void" else kind for name, kind in layout.types.items()}
    return pa.Table.from_batches(batches(layout.parts, types))


def values(folder, column: str, array: pa.Array, **how) -> tuple[list, list]:
    """A column's values and the rows' faults, once they are read."""
    found = read(landed(folder, {column: array}, **how))
    return found[column].to_pylist(), found[FAULT].to_pylist()


def refused(folder, columns) -> str:
    with pytest.raises(UserError) as refusal:
        file_schema(landed(folder, columns), TABLE)
    return str(refusal.value)


def whole_numbers(kind: pa.DataType):
    most = 2 ** (kind.bit_width - 1)
    return st.tuples(st.just(kind), st.lists(st.none() | st.integers(-most, most - 1), min_size=1))


@settings(max_examples=30)
@given(st.sampled_from([pa.int8(), pa.int16(), pa.int32(), pa.int64()]).flatmap(whole_numbers), st.integers(1, 9))
def test_whole_numbers_of_any_width_come_back_equal_from_any_row_groups(folder, numbers, row_group):
    kind, wanted = numbers
    file = landed(folder, {"n": pa.array(wanted, kind)}, row_group_size=row_group)
    assert read(file)["n"].to_pylist() == wanted
    assert file_schema(file, TABLE)["n"] == "bigint"
    assert len(file_layout(file, TABLE).parts) == -(-len(wanted) // row_group)


@settings(max_examples=30)
@given(st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=9), min_size=1),
       st.sampled_from([pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()),
                        pa.binary(), pa.large_binary()]))
def test_texts_of_every_type_come_back_equal(folder, texts, kind):
    plain = pa.array(texts, pa.string())
    made = plain.dictionary_encode() if pa.types.is_dictionary(kind) else plain.cast(kind)
    assert values(folder, "id", made) == (texts, [None] * len(texts))


@settings(max_examples=30)
@given(st.lists(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)), min_size=1),
       st.sampled_from([pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.timestamp("us", "+08:00")]))
def test_times_of_the_years_1_to_9999_come_back_as_utc_instants(folder, times, kind):
    made = pa.array(times, pa.timestamp("us")).view(pa.int64()).view(kind)
    read_back, faults = values(folder, "at", made)
    assert read_back == [time.replace(tzinfo=dt.UTC) for time in times]
    assert set(faults) == {None}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_every_unit_become_microseconds(folder, unit):
    made = pa.array([AT, None]).cast(pa.timestamp(unit), safe=False)
    wanted = EVERY_ZONE.replace(microsecond={"s": 0, "ms": 123_000}.get(unit, 123_456))
    assert values(folder, "at", made) == ([wanted, None], [None, None])


def test_nanoseconds_beyond_the_microsecond_are_cut_off(folder):
    made = pa.array([1_795_163_400_123_456_789], pa.timestamp("ns"))
    assert values(folder, "at", made)[0] == [dt.datetime(2026, 11, 20, 8, 30, 0, 123456, dt.UTC)]


@pytest.mark.parametrize("year", [1, 1677, 2026, 2300, 9999])
def test_int96_times_of_any_year_are_read_as_they_were_written(folder, year):
    made = pa.array([AT.replace(year=year)], pa.timestamp("us"))
    assert values(folder, "at", made, use_deprecated_int96_timestamps=True) == ([EVERY_ZONE.replace(year=year)], [None])


@pytest.mark.parametrize("number, unit", [(2 ** 52, "s"), (2 ** 62, "ms"), (2 ** 62, "us"), (-62_135_596_801, "s"),
                                          (253_402_300_800, "s"), (-62_135_596_800_000_001, "us"),
                                          (253_402_300_800_000_000, "us")])
def test_a_time_outside_the_years_that_engines_hold_is_null_and_named(folder, number, unit):
    made = pa.array([number, None, 0], pa.timestamp(unit))
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert values(folder, "at", made) == ([None, None, epoch], ["at is a timestamp", None, None])


def test_a_day_outside_the_years_that_engines_hold_is_null_and_named(folder):
    made = pa.array([2 ** 30, None, 0, -719_162], pa.int32()).cast(pa.date32())
    assert values(folder, "day", made) == ([None, None, day("1970-01-01"), dt.date(1, 1, 1)],
                                           ["day is a date", None, None, None])
    assert values(folder, "at", made)[1] == ["at is a timestamp", None, None, None]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_a_day_where_a_time_belongs_is_its_beginning_in_utc(folder, kind):
    assert values(folder, "at", pa.array([FRI], kind))[0] == [dt.datetime(2026, 11, 20, tzinfo=dt.UTC)]


@pytest.mark.parametrize("array, type_name, wanted", [
    (pa.array([2 ** 64 - 1, None], pa.uint64()), "decimal(38,0)", [decimal.Decimal(2 ** 64 - 1), None]),
    (pa.array([2 ** 32 - 1], pa.uint32()), "bigint", [2 ** 32 - 1]),
    (pa.array([1.5, 2.0]).cast(pa.float16()), "double", [1.5, 2.0]),
    (pa.array([1.5], pa.float32()), "double", [1.5]),
    (pa.array([decimal.Decimal("2.50")], pa.decimal128(10, 2)), "decimal(38,2)", [decimal.Decimal("2.50")]),
    (pa.array([decimal.Decimal("2.50")], pa.decimal32(5, 2)), "decimal(38,2)", [decimal.Decimal("2.50")]),
    (pa.array([decimal.Decimal("2.50")], pa.decimal256(38, 2)), "decimal(38,2)", [decimal.Decimal("2.50")]),
    (pa.array(["250"]), "string", ["250"]),
], ids=lambda value: str(getattr(value, "type", "")))
def test_numbers_of_other_types_are_handed_on_exactly(folder, array, type_name, wanted):
    file = landed(folder, {"n": array})
    assert (file_schema(file, TABLE)["n"], read(file)["n"].to_pylist()) == (type_name, wanted)


@pytest.mark.parametrize("array, type_name", [
    (pa.array([0.1, None], pa.float64()), "double"), (pa.array([0.5, float("nan")], pa.float16()), "double"),
    (pa.array([float("inf"), -0.0], pa.float32()), "double"), (pa.array([1, None], pa.int8()), "bigint"),
    (pa.array([decimal.Decimal("0.10")], pa.decimal128(3, 2)), "decimal(38,2)"), (pa.array(["0.1", "x"]), "string"),
], ids=str)
def test_numbers_with_a_fraction_are_handed_on_as_they_are(folder, array, type_name):
    file = landed(folder, {"p": array})
    assert file_schema(file, TABLE)["p"] == type_name
    assert list(map(repr, read(file)["p"].to_pylist())) == list(map(repr, array.to_pylist()))


@pytest.mark.parametrize("array", [pa.array([7, None], pa.int8()), pa.array([7, None], pa.uint64())], ids=str)
def test_whole_numbers_where_a_text_belongs_are_their_digits(folder, array):
    assert values(folder, "id", array)[0] == ["7", None]


@pytest.mark.parametrize("kind", [pa.null(), pa.int32(), pa.float64(), pa.bool_(), pa.list_(pa.int8()),
                                  pa.time64("us")], ids=str)
@pytest.mark.parametrize("statistics", [True, False])
def test_a_column_without_any_value_may_be_of_any_type(folder, kind, statistics):
    file = landed(folder, {name: pa.nulls(2, kind) for name in ("at", "ok")}, write_statistics=statistics)
    types = file_schema(file, TABLE)
    assert types["at"] == "void" and read(file)["at"].to_pylist() == [None, None]
    assert types["ok"] == ("boolean" if kind == pa.bool_() else "void")


@pytest.mark.parametrize("column, array, said", [
    ("at", pa.array([1_795_000_000, None]), "at is int64, expected timestamp"),
    ("ok", pa.array([1]), "ok is int64, expected boolean"),
    ("n", pa.array([[1]]), "n is list<element: int64>, expected bigint"),
    ("p", pa.array([True]), "p is bool, expected double"),
    ("p", pa.array([AT]), "p is timestamp[us], expected double"),
    ("n", pa.array([dt.time(8)]), "n is time64[us], expected bigint"),
    ("n", pa.array([uuid.UUID(int=1).bytes], pa.uuid()), "n is extension<arrow.uuid>, expected bigint"),
    ("n", pa.array([decimal.Decimal(1)], pa.decimal256(50, 0)), "n is a decimal of 50 digits, expected bigint"),
    ("id", pa.array([{"a": 1}]), "id is struct<a: int64>, expected string"),
    ("id", pa.array([1.0]), "id is double, expected string"),
], ids=str)
def test_a_type_that_cannot_be_meant_is_refused_in_one_sentence(folder, column, array, said):
    assert refused(folder, {column: array}) == (
        f"t, 2026-11-20: {said} in {folder}/part-0.parquet. Expected id, at, day, n, ok, p. Mend the file or the "
        "SELECT, then run the day again.")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.string_view()], ids=str)
def test_bytes_that_are_not_utf8_are_null_and_the_row_is_named(folder, kind):
    raw = pa.array([b"jos\xe9", b"jos\xe8", "josé".encode(), None, b"\xed\xa0\x80"], pa.binary())
    made = raw if kind == pa.binary() else raw.view(pa.string()).cast(kind) if kind != pa.string() else raw.view(kind)
    fault = "the text is UTF-8"
    assert values(folder, "id", made) == ([None, None, "josé", None, None], [fault, fault, None, None, fault])


def test_bytes_of_a_dictionary_that_are_not_utf8_put_each_of_their_rows_aside(folder):
    texts = pa.array([b"jos\xe9", b"ok"], pa.binary()).view(pa.string())
    made = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int32()), texts)
    fault = "the text is UTF-8"
    assert values(folder, "id", made) == ([None, "ok", None], [fault, None, fault])


def test_a_column_that_nobody_declared_is_text_whatever_its_type(folder):
    unknown = {"w": pa.array([[1, None]]), "m": pa.array([{"a": "é", "b": 1.5}]), "b": pa.array([b"\xff"]),
               "t": pa.array([AT]), "c": pa.array([dt.time(8)]), "u": pa.array([uuid.UUID(int=1).bytes], pa.uuid()),
               "d": pa.array([decimal.Decimal("1.50")]), "x": pa.array([2 ** 62], pa.timestamp("us")),
               "l": pa.array([[2 ** 62]], pa.list_(pa.timestamp("us")))}
    row, = read(landed(folder, unknown)).to_pylist()
    assert {name: row[name] for name in unknown} == {
        "w": "[1,null]", "m": '{"a":"é","b":1.5}', "b": "ff", "t": "2026-11-20 08:30:00.123456", "c": "08:00:00",
        "u": "00000000-0000-0000-0000-000000000001", "d": "1.50", "x": None, "l": "?"}
    assert row[FAULT] is None


def test_names_are_folded_to_the_contract_and_two_that_become_one_are_refused(folder):
    columns = {" ID": ["i"], "At": [AT], "DAY": [FRI], "N": [7], "oK": [True], "P": [0.5], "Mood": ["x"]}
    pq.write_table(pa.table(columns), folder / "part-0.parquet")
    row, = read(data_file(folder / "part-0.parquet", FRI)).to_pylist()
    assert (row["id"], row["n"], row["ok"], row["mood"]) == ("i", 7, True, "x")
    said = refused(folder, {"N": pa.array([7])})
    assert said == (f"t, 2026-11-20: the columns n, N of {folder}/part-0.parquet have one name. Expected each name "
                    "once, in upper or lower case. Mend the file, then run the day again.")


def test_batches_are_bounded_by_rows_and_by_bytes(folder, monkeypatch):
    monkeypatch.setattr(parquet_records, "BYTES_AT_ONCE", 10_000)
    monkeypatch.setattr(parquet_records, "ROWS_AT_ONCE", 50)
    texts = ["x"] * 120 + ["y" * 2_000] * 20  # a dictionary holds each of them once
    layout = file_layout(landed(folder, {"id": pa.array(texts)}), TABLE)
    sizes = [(batch.num_rows, batch.nbytes) for batch in batches(layout.parts, {"id": "string"})]
    assert sum(rows for rows, _ in sizes) == 140 and max(rows for rows, _ in sizes) == 50
    assert max(size for _, size in sizes) < 20_000


def test_few_rows_are_read_at_once_where_they_are_large(folder, monkeypatch):
    monkeypatch.setattr(parquet_records, "BYTES_AT_ONCE", 10_000)
    file = landed(folder, {"id": pa.array([str(row) * 2_000 for row in range(8)])}, use_dictionary=False)
    with parquet_records.opened_parquet(file) as parquet:
        assert 2 <= parquet_records._rows_at_once(parquet, 0) <= 5


def test_a_file_without_rows_has_none(folder):
    file = landed(folder, {"n": pa.array([], pa.int64())})
    assert sum(batch.num_rows for batch in batches(file_layout(file, TABLE).parts, {"n": "bigint"})) == 0
