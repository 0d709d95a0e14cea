"""Landing files: three formats read alike, and what is no such file is refused with what was expected."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.inputs.masking import Key
from features.inputs.tables import CASES
from features.inputs.validation import validate_rows
from jobs.errors import UserError
from jobs.ingestion.landing import read_landing
from jobs.ingestion.landing_inventory import list_landing
from tests.support.builders import day

THU, FRI, SAT = day("2026-11-19"), day("2026-11-20"), day("2026-11-21")
KEY = Key(b"a key of the tests, long enough to be one")
HEADER = "case_id,opened_at,seller_id,kind,claim_cents,reason,order_id,user_id,evidence_id,text"
CASE = {"case_id": "c1", "opened_at": dt.datetime(2026, 11, 20, 8, 30), "seller_id": "s1", "kind": "refund",
        "claim_cents": 250, "text": 'it said "new", it was not'}


def land(landing, name, content, ds=FRI):
    """One file of cases: a text, or rows that become Parquet."""
    file = landing / "cases" / f"ds={ds}" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = pa.Table.from_pylist(content)
    if isinstance(content, pa.Table):
        pq.write_table(content, file)
    else:
        file.write_text(content, encoding="utf-8")
    return file


def judged(spark, landing, *days):
    """The rows after the contract, by case."""
    return {row.case_id: row for row in validate_rows(read_landing(spark, landing, CASES, days), CASES, KEY).collect()}


def refused(spark, landing, *days) -> str:
    with pytest.raises(UserError) as refusal:
        read_landing(spark, landing, CASES, days or [FRI])
    return str(refusal.value)


@pytest.mark.parametrize("name, content", [
    ("part-0.parquet", [CASE]),
    ("part-0.csv", "case_id,opened_at,seller_id,kind,claim_cents,text\n"
                   'c1,2026-11-20 08:30:00,s1,refund,250,"it said ""new"", it was not"\n'),
    ("part-0.jsonl", '{"case_id": "c1", "opened_at": "2026-11-20T08:30:00Z", "seller_id": "s1", "kind": "refund", '
                     '"claim_cents": 250, "text": "it said \\"new\\", it was not"}\n'),
], ids=["parquet", "csv", "jsonl"])
def test_every_format_gives_the_same_row(spark, tmp_path, name, content):
    land(tmp_path, name, content)
    row = judged(spark, tmp_path, FRI)["c1"]
    assert {column: row[column] for column in CASE} == CASE
    assert (row.ds, row.broken, row.reason) == (FRI, [], None)


def test_files_of_different_shapes_and_formats_are_one_input(spark, tmp_path):
    # A narrower whole number, a time with a zone, a column less, columns in another order, another format.
    at = dt.datetime(2026, 11, 19, 8, 30)
    land(tmp_path, "part-0.parquet", [{**CASE, "opened_at": at}], THU)
    narrow = pa.Table.from_pylist([{**CASE, "case_id": "c2", "opened_at": at.replace(tzinfo=dt.UTC)}])
    land(tmp_path, "part-1.parquet", narrow.set_column(4, "claim_cents", pa.array([250], pa.int32())), THU)
    land(tmp_path, "part-0.csv", "kind,case_id,seller_id,opened_at\nrefund,c3,s1,2026-11-19 08:30:00\n")
    land(tmp_path, "part-1.csv", "case_id,seller_id,opened_at,kind\nc4,s1,2026-11-19 08:30:00,refund\n")
    land(tmp_path, "part-0.jsonl", '{"case_id": "c5", "opened_at": "2026-11-19 08:30:00", "kind": "refund"}\n'
                                   '{"seller_id": "s1", "case_id": "c6", "opened_at": "2026-11-19 08:30:00", '
                                   '"kind": "refund"}\n', SAT)
    rows = judged(spark, tmp_path, THU, FRI, SAT)
    assert {case: row.ds for case, row in rows.items()} == {
        "c1": THU, "c2": THU, "c3": FRI, "c4": FRI, "c5": SAT, "c6": SAT}
    assert {row.opened_at for row in rows.values()} == {at}
    assert [rows[case].claim_cents for case in ("c1", "c2", "c3")] == [250, 250, None]
    assert {case: row.broken for case, row in rows.items() if row.broken} == {"c5": ["seller_id is present"]}


def test_only_the_days_that_were_asked_for_are_read(spark, tmp_path):
    for ds in (THU, FRI):
        land(tmp_path, "part-0.parquet", [{**CASE, "case_id": str(ds)}], ds)
    assert set(judged(spark, tmp_path, THU)) == {str(THU)}
    assert read_landing(spark, tmp_path, CASES, [SAT]) is None
    assert list_landing(tmp_path).days == [THU, FRI]


def test_the_folder_says_the_day_and_a_row_that_says_another_is_put_aside(spark, tmp_path):
    land(tmp_path, "part-0.csv", "ds,case_id,opened_at,seller_id,kind\n2020-01-01,c1,2026-11-20,s1,refund\n"
                                 "20261120,c2,2026-11-20,s1,refund\n")
    rows = judged(spark, tmp_path, FRI)
    assert {case: (row.ds, row.broken) for case, row in rows.items()} == {
        "c1": (FRI, ["ds is the day of its folder"]), "c2": (FRI, [])}


def test_files_of_another_ending_are_left_alone(spark, tmp_path):
    land(tmp_path, "_SUCCESS", "")
    land(tmp_path, "part-0.parquet.tmp", "half a file")
    assert read_landing(spark, tmp_path, CASES, [FRI]) is None


@pytest.mark.parametrize("last", ["c2,2026-11-20 08:3", 'c2,2026-11-20 08:30:00,s1,refund,250,"it was bro', "c2"])
def test_a_csv_cut_in_its_last_line_puts_that_line_aside_and_loses_nothing(spark, tmp_path, last):
    land(tmp_path, "part-0.csv", f"{HEADER}\nc1,2026-11-20 08:30:00,s1,refund,250,,,,,\n{last}")
    rows = judged(spark, tmp_path, FRI)
    assert rows["c1"].broken == []
    assert "the line can be read" in rows["c2"].broken
    assert len(rows) == 2 and '{"_malformed":"x9' in rows["c2"].raw


def test_a_line_of_json_that_is_none_is_put_aside_with_its_shape(spark, tmp_path):
    land(tmp_path, "part-0.jsonl", '{"case_id": "c1", "opened_at": "2026-11-20", "seller_id": "s1", "kind": "refund"}\n'
                                   '{"case_id": "c2", "opened_at": "2026-11')
    rows = judged(spark, tmp_path, FRI)
    assert rows["c1"].broken == []
    assert "the line can be read" in rows[None].broken
    assert '\\"xxxx_xx\\": \\"x9\\", \\"xxxxxx_xx\\": \\"9999-99' in rows[None].raw


# Refusals: the table, the day, what was found, what was expected


def test_a_missing_required_column_is_refused(spark, tmp_path):
    file = land(tmp_path, "part-0.csv", "case_id,opened_at,kind\n")
    assert refused(spark, tmp_path) == (
        "cases, 2026-11-20: missing order_id, user_id, seller_id, reason, claim_cents, evidence_id, text in "
        f"{file}. Expected {', '.join(CASES.names)}. Mend the file or the SELECT, then run the day again.")


def test_a_renamed_column_is_refused_with_both_names(spark, tmp_path):
    land(tmp_path, "part-0.csv", HEADER.replace("claim_cents", "claimed") + "\n")
    assert refused(spark, tmp_path).startswith(
        "cases, 2026-11-20: missing claim_cents; unknown claimed (renamed?) in ")


def test_a_file_without_a_header_is_refused_and_its_first_row_is_not_repeated(spark, tmp_path):
    land(tmp_path, "part-0.csv", "c1,2026-11-20,alice,refund\n")
    said = refused(spark, tmp_path)
    assert said.endswith("then run the day again.") and "4 unknown and none known (is there a header?)" in said
    assert "alice" not in said and "c1" not in said


def test_of_an_unknown_name_that_is_no_word_the_shape_is_told(spark, tmp_path):
    land(tmp_path, "part-0.csv", HEADER.replace("claim_cents", "d-4711") + "\n")
    assert "unknown x-9999 (renamed?)" in refused(spark, tmp_path)


def test_an_optional_column_may_be_missing_and_an_unknown_one_may_be_there(spark, tmp_path):
    land(tmp_path, "part-0.csv", HEADER.replace(",text", "") + "\n", THU)
    land(tmp_path, "part-0.csv", HEADER + ",mood\n", FRI)
    assert read_landing(spark, tmp_path, CASES, [THU, FRI]) is not None


def test_a_column_of_a_wrong_type_is_refused_with_both_types(spark, tmp_path):
    land(tmp_path, "part-0.parquet", [{**CASE, "opened_at": 1_795_000_000, "claim_cents": True}])
    assert refused(spark, tmp_path).startswith(
        "cases, 2026-11-20: opened_at is int64, expected timestamp; claim_cents is bool, expected bigint in ")


def test_nanoseconds_are_read_as_microseconds(spark, tmp_path):
    at = pa.array([CASE["opened_at"]], pa.timestamp("ns"))
    land(tmp_path, "part-0.parquet", pa.Table.from_pylist([CASE]).set_column(1, "opened_at", at))
    assert judged(spark, tmp_path, FRI)["c1"].opened_at == CASE["opened_at"]


def test_a_parquet_file_that_broke_off_is_refused(spark, tmp_path):
    file = land(tmp_path, "part-0.parquet", [CASE])
    file.write_bytes(file.read_bytes()[:-20])
    said = refused(spark, tmp_path)
    assert said.startswith(f"cases, 2026-11-20: {file} is not a readable Parquet file")
    assert said.endswith("Land it again.")


def test_the_worst_file_of_a_range_names_its_own_day(spark, tmp_path):
    land(tmp_path, "part-0.csv", HEADER + "\n", THU)
    land(tmp_path, "part-0.csv", "id\n", FRI)
    assert refused(spark, tmp_path, THU, FRI).startswith("cases, 2026-11-20: missing case_id")


def test_a_folder_that_is_no_day_is_refused(tmp_path):
    (tmp_path / "cases" / "ds=yesterday").mkdir(parents=True)
    with pytest.raises(UserError, match="ds=yesterday is no folder of a day. Expected a folder ds=YYYY-MM-DD"):
        list_landing(tmp_path)
