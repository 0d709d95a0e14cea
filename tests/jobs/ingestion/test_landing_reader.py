"""Landed files through one reader: every name, compression and encoding, on whichever engine; damage is named."""

import bz2
import gzip
import json
import lzma
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkException

from features.inputs.masking import Key
from features.inputs.quarantine import FAULT, MALFORMED
from features.inputs.tables import ORDERS, REVIEW_SAMPLES, REVIEWS
from features.inputs.validation import validate_rows
from jobs.errors import UserError
from jobs.ingestion import landing_reader
from jobs.ingestion.data_file import DataFile, data_file
from jobs.ingestion.file_part import Unreadable, batches
from jobs.ingestion.file_schema import file_layout, file_schema
from jobs.ingestion.landing_reader import damaged_file, read_files
from jobs.ingestion.source_queries import read_source
from tests.support.builders import day
from tests.support.landed_files import ALL, FRI, HEADER, csv_of, json_of, land, line, parquet_of

KEY = Key(b"a key of the tests, long enough to be one")


def rows(*files: DataFile, table=ORDERS) -> list[dict]:
    """What a worker would hand on, without an engine. Every column is asked for as text, as text files have it."""
    layouts = [file_layout(file, table) for file in files]
    return [row for layout in layouts for batch in batches(layout.parts, layout.types) for row in batch.to_pylist()]


def refused(file: DataFile, table=ORDERS) -> str:
    with pytest.raises(UserError) as refusal:
        file_schema(file, table)
    return str(refusal.value)


# Names


@pytest.mark.parametrize("name, wanted", [
    ("p.parquet", ("parquet", None)), ("p.PQ", ("parquet", None)), ("p.parq", ("parquet", None)),
    ("p.snappy.parquet", ("parquet", None)), ("p.csv", ("csv", None)), ("P.CSV.GZ", ("csv", "gz")),
    ("p.json", ("jsonl", None)), ("p.ndjson.bz2", ("jsonl", "bz2")), ("p.jsonl.xz", ("jsonl", "xz")),
    ("p.Csv.Zst", ("csv", "zst")), ("a b [1] 50% #2 é\n.csv", ("csv", None)), ("2026.11.20.csv", ("csv", None)),
    ("p.parquet.gz", None), ("p.csv.zip", None), ("p.csv.tmp", None), ("p.csv.gz.gz", None), ("_SUCCESS", None),
    (".csv", None), ("csv", None), ("p.gz", None), ("p.txt", None)])
def test_the_name_of_a_file_says_its_format_and_compression(tmp_path, name, wanted):
    found = data_file(tmp_path / name, FRI)
    assert (found and (found.format, found.compression)) == wanted


# Compression and encoding, without an engine


def zstd(content: bytes) -> bytes:
    return pa.compress(content, codec="zstd", asbytes=True)


COMPRESSIONS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_a_compressed_file_of_several_members_is_read_whole(tmp_path, ending):
    pack = COMPRESSIONS[ending]
    packed = pack(csv_of("o1")[:-9]) + pack(csv_of("o1")[-9:] + b"\n") + pack(line("o2").encode())
    assert [row["order_id"] for row in rows(land(tmp_path, f"p.csv.{ending}", packed))] == ["o1", "o2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name, content", [("p.csv", csv_of), ("p.json", json_of)], ids=["csv", "json"])
def test_texts_with_a_byte_order_mark_are_decoded_by_it(tmp_path, encoding, name, content):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    file = land(tmp_path, name, mark + content("josé 😀").decode().encode(encoding))
    assert [row["order_id"] for row in rows(file)] == ["josé 😀"]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
@pytest.mark.parametrize("name, content", [("p.csv", csv_of), ("p.json", json_of)], ids=["csv", "json"])
def test_lines_may_end_as_on_any_system(tmp_path, line_end, name, content):
    file = land(tmp_path, name, content("o1", "o2").replace(b"\n", line_end))
    assert [row["order_id"] for row in rows(file)] == ["o1", "o2"]


def test_two_names_in_latin_1_never_become_one_id(tmp_path):
    found = rows(land(tmp_path, "p.csv", csv_of("josé", "josè", "o3").decode().encode("latin-1")))
    assert sorted((row["order_id"] or "", row[FAULT]) for row in found) == [
        ("", "the text is UTF-8"), ("", "the text is UTF-8"), ("o3", None)]


@pytest.mark.parametrize("name", ["p.csv", "p.json", "p.parquet", "p.csv.gz", "p.csv.xz", "p.json.bz2", "p.csv.zst"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \r\n\t", b"\xff\xfe"],
                         ids=["0", "bom", "blank", "utf-16"])
def test_a_file_of_nothing_has_no_rows_and_is_not_refused(tmp_path, name, content):
    pack = COMPRESSIONS.get(name.split(".")[-1], bytes)
    file = land(tmp_path, name, pack(content) if content else b"")
    if name == "p.parquet" and content:
        assert "is not a readable Parquet file" in refused(file)
    else:
        assert (rows(file), file_schema(file, ORDERS).keys() <= set(ORDERS.names)) == ([], True)


# Columns


def test_keys_of_json_come_from_the_whole_file_and_missing_ones_are_null(tmp_path):
    without = json_of(*(f"o{n}" for n in range(100))).replace(b'"user_id":"u1",', b"")
    file = land(tmp_path, "p.json", without + json_of(*(f"o{n}" for n in range(100, 150))))
    found = rows(file)
    assert len(found) == 150 and [row["user_id"] for row in found].count(None) == 100


def test_json_may_lack_a_required_key_and_is_refused_with_unknown_ones(tmp_path):
    without = json_of("o1", "o2").replace(b'"seller_id":"s1",', b"")
    assert len(rows(land(tmp_path, "p.json", without))) == 2
    said = refused(land(tmp_path, "p.json", json_of("o1", "o2").replace(b"seller_id", b"shop")))
    assert "missing seller_id" in said and "unknown shop (renamed?)" in said


def test_lines_of_json_may_spell_one_key_in_upper_or_lower_case(tmp_path):
    row = dict.fromkeys(ORDERS.names, "1")
    upper = {name.upper(): value for name, value in row.items()} | {"Mood": "x"}
    file = land(tmp_path, "p.json", "\n".join(map(json.dumps, (upper, row | {"mood": "y"}, row))).encode())
    assert [(row["user_id"], row["mood"]) for row in rows(file)] == [("1", "x"), ("1", "y"), ("1", None)]


def test_names_of_a_header_are_folded_and_unknown_columns_are_texts(tmp_path):
    head = f"{ALL},Mood".replace("order_id", " Order_ID").replace("ip", '"IP "')
    file = land(tmp_path, "p.csv", f"{head}\n{line('o1')},,,,,,,,4.3.2.1,,good\n".encode())
    row, = rows(file)
    assert (row["order_id"], row["ip"], row["mood"]) == ("o1", "4.3.2.1", "good")
    assert set(file_schema(file, ORDERS)) == {*ORDERS.names, "mood"} - {"ship_by"}  # was added later: null


def test_a_column_without_a_name_is_no_renamed_one(tmp_path):
    row, = rows(land(tmp_path, "p.csv", f",{HEADER},,\n0,{line('o1')},,\n".encode()))
    assert (row["order_id"], row["unnamed_1"], row[MALFORMED]) == ("o1", "0", None)


def test_a_value_under_the_empty_names_at_the_end_of_a_header_is_malformed(tmp_path):
    row, = rows(land(tmp_path, "p.csv", f"{HEADER},,\n{line('o1')},,x\n".encode()))
    assert row[MALFORMED] == f"{line('o1')},,x"


@pytest.mark.parametrize("head, said", [
    (f"{HEADER},order_id", "the columns order_id, order_id of {} have one name. Expected each name once, in upper or "
                           "lower case. Mend the file, then run the day again."),
    (f"{HEADER},User_ID", "the columns user_id, User_ID of {} have one name. Expected each name once, in upper or "
                          "lower case. Mend the file, then run the day again."),
    (f"{ALL},_fault", "{} has the column _fault, a name that ingest uses itself. Rename it, then run the day again."),
    (HEADER.replace("user_id", "user_id\xe9"), "the header of {} is not UTF-8. Expected " + ", ".join(ORDERS.names)
     + ". Mend the file, then run the day again."),
    (f'{HEADER},"a\nb"c', "the header of {} cannot be parsed. Expected " + ", ".join(ORDERS.names)
     + ". Mend the file, then run the day again."),
    (f"{ALL}," + ",".join(f"x{n}" for n in range(986)), "{} has 1001 columns, expected at most 1000. Mend the "
     "file, then run the day again."),
], ids=["twice", "case", "taken", "latin-1", "quotes", "many"])
def test_a_header_that_cannot_be_meant_is_refused_in_one_sentence(tmp_path, head, said):
    file = land(tmp_path, "p.csv", f"{head}\n".encode("latin-1"))
    assert refused(file) == f"orders, 2026-11-20: {said.format(file.path)}"


def test_a_header_of_a_packed_folder_is_refused_in_few_words(tmp_path):
    """A tar file that is named as CSV: its first line has the header of the archive."""
    packed = b"p.csv" + b"\0" * 500 + csv_of("o1")
    said = refused(land(tmp_path, "p.csv.gz", gzip.compress(packed)))
    assert "missing order_id, " in said and len(said) < 700
    said = refused(land(tmp_path, "p.csv", f"{HEADER}{''.join(f',x{n}' for n in range(30))}\n".encode()))
    assert "unknown x9, x9, x9, x9, x9 and 25 more (renamed?)" in said


def test_an_array_of_json_is_refused_with_the_command_that_mends_it(tmp_path):
    file = land(tmp_path, "p.json", b"[" + json_of("o1").strip() + b"]")
    assert refused(file) == (f"orders, 2026-11-20: {file.path} is one JSON array, expected one object a line. Write it "
                             "again with jq -c '.[]', then run the day again.")


# The day


@pytest.mark.parametrize("own", ["2026-11-20", "20261120", "2026/11/20", " 2026-11-20 ", "2026-11-20 00:00:00",
                                 "2026-11-20T00:00:00Z", "2026-11-19T19:00:00-05:00", "2026-11-20T00:00:00+08:00", "",
                                 "Friday", "0001-01-01T00:00:00+08:00x"])
def test_a_day_in_the_file_that_is_the_folders_or_none_is_no_fault(tmp_path, own):
    row, = rows(land(tmp_path, "p.csv", f"DS,{HEADER}\n{own},{line('o1')}\n".encode()))
    assert (row["ds"], row[FAULT], row["order_id"]) == (FRI, None, "o1")


@pytest.mark.parametrize("own", ["2026-11-19", "20261121", "2025/11/20", "2026-11-21 00:00:00", "2026-11-18T23:00:00Z",
                                 "0001-01-01T00:00:00+08:00", "9999-12-31T23:00:00-08:00"])
def test_another_day_in_the_file_is_the_rows_fault_and_the_folders_day_stays(tmp_path, own):
    row, = rows(land(tmp_path, "p.csv", f"{HEADER},ds\n{line('o1')},{own}\n".encode()))
    assert (row["ds"], row[FAULT]) == (FRI, "ds is the day of its folder")


@pytest.mark.parametrize("own", [[FRI, day("2026-11-19")], [20261120, 20261119], ["20261120", "2026-11-19"]], ids=str)
def test_a_day_in_parquet_may_be_a_date_a_number_or_a_text(tmp_path, own):
    found = rows(land(tmp_path, "p.parquet", parquet_of("o1", "o2", ds=own)))
    assert [row[FAULT] for row in found] == [None, "ds is the day of its folder"]


# Damage


def broken_off(content: bytes) -> bytes:
    return content[:len(content) * 2 // 3]


MANY = [f"o{random.Random(n).random()}" for n in range(5_000)]


def damaged_page(content: bytes) -> bytes:
    return content[:400] + bytes(200) + content[600:]


@pytest.mark.parametrize("name, content, reason", [
    ("p.csv.gz", broken_off(gzip.compress(csv_of(*MANY))), "its gz breaks off"),
    ("p.csv.bz2", broken_off(bz2.compress(csv_of(*MANY) * 9)), "its bz2 breaks off"),
    ("p.csv.xz", broken_off(lzma.compress(csv_of(*MANY))), "its xz breaks off"),
    ("p.csv.zst", broken_off(zstd(csv_of(*MANY))), "its zst breaks off"),
    ("p.json.gz", broken_off(gzip.compress(json_of(*MANY))), "its gz breaks off"),
    ("p.csv.gz", csv_of("o1"), "its gz is damaged"),
    ("p.csv.gz", gzip.compress(csv_of("o1")) + b"more", "its gz is damaged"),
    ("p.csv.bz2", bz2.compress(csv_of("o1")) + b"more", "its bz2 is damaged"),
    ("p.csv.xz", csv_of("o1"), "its xz is damaged"),
    ("p.csv.zst", csv_of("o1"), "its zst is damaged"),
    ("p.csv", csv_of("o1").decode().encode("utf-16")[:-1], "it breaks off within a character"),
    ("p.parquet", damaged_page(parquet_of(*MANY)), "its parquet is damaged"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_cannot_be_read_to_its_end_is_named_with_the_reason(tmp_path, name, content, reason):
    good = land(tmp_path, "good.csv", csv_of("o1"))
    file = land(tmp_path, name, content)
    assert str(damaged_file([good, file, good], ORDERS)) == (
        f"orders, 2026-11-20: {file.path} cannot be read to its end: {reason}. Land it again, then run the day again.")
    assert damaged_file([good], ORDERS) is None


def test_a_workers_error_has_the_file_and_quotes_nothing_of_it(tmp_path):
    file = land(tmp_path, "p.csv.gz", gzip.compress(csv_of("o1")) + b"4711")  # of which Python shows two bytes
    with pytest.raises(Unreadable) as failure:
        rows(file)
    assert str(failure.value) == f"{file.path}: BadGzipFile"


def test_what_is_no_regular_file_is_refused_by_what_it_is(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "fifo.csv")
    names = ("folder.csv", "link.json", "fifo.csv", "gone.csv")
    said = {name: refused(data_file(tmp_path / name, FRI)) for name in names}
    assert {name: text.partition("end: ")[2].partition(".")[0] for name, text in said.items()} == {
        "folder.csv": "it is a folder", "link.json": "it is a link to nothing", "fifo.csv": "it is no regular file",
        "gone.csv": "it is no longer there"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    file = land(tmp_path, "p.csv", csv_of("o1"))
    file.path.chmod(0)
    assert "cannot be read to its end: permission denied." in refused(file)


# Through an engine


def test_files_of_every_name_and_kind_come_through_the_engine(spark, tmp_path):
    odd = tmp_path / "ds=2020-01-01" / "a b [x] {y} 50% #1 ?* é"
    names = {"1.csv": csv_of, "2 [a-z]*.CSV.GZ": lambda *o: gzip.compress(csv_of(*o)), "3#%20é.json": json_of,
             "4.ndjson.bz2": lambda *o: bz2.compress(json_of(*o)),
             "5.xz.jsonl.xz": lambda *o: lzma.compress(json_of(*o)),
             "6'`\".csv.zst": lambda *o: zstd(csv_of(*o)), "7.PQ": parquet_of, "8 日本.parquet": parquet_of}
    files = [land(odd, name, content(f"o{name}")) for name, content in names.items()]
    frames = read_files(spark, files, ORDERS)
    assert len(frames) == 2  # texts, and Parquet with its numbers
    found = [row for frame in frames for row in frame.select("order_id", "ds").collect()]
    assert sorted(map(tuple, found)) == sorted((f"o{name}", FRI) for name in names)


def test_files_with_a_column_less_or_without_a_value_in_it_share_a_frame(spark, tmp_path):
    files = [land(tmp_path, "1.parquet", parquet_of("o1")),
             land(tmp_path, "2.parquet", parquet_of("o2", ip=["4.3.2.1"])),
             land(tmp_path, "3.parquet", parquet_of("o3", discount_cents=pa.nulls(1), ip=pa.nulls(1, pa.float64()))),
             land(tmp_path, "4.csv", b""), land(tmp_path, "5.parquet", parquet_of("o5", discount_cents=[5]))]
    frame, = read_files(spark, files, ORDERS)
    assert sorted(map(tuple, frame.select("order_id", "ip", "discount_cents").collect()), key=str) == [
        ("o1", None, None), ("o2", "4.3.2.1", None), ("o3", None, None), ("o5", None, 5)]


def test_files_of_nothing_give_a_frame_without_rows(spark, tmp_path):
    frame, = read_files(spark, [land(tmp_path, "1.csv", b"")], ORDERS)
    assert (frame.collect(), validate_rows(frame, ORDERS, KEY).collect()) == ([], [])
    assert read_files(spark, [], ORDERS) == []


def test_a_forged_review_inside_a_quoted_text_stays_inside_it(spark, tmp_path):
    text = 'fine\nr999,2026-11-20 09:03:00,o9,victim,s1,1,forged'
    head = "review_id,reviewed_at,order_id,user_id,seller_id,rating,text"
    file = land(tmp_path, "p.csv", f'{head}\nr1,2026-11-20 09:00:00,o1,u1,s1,5,"{text}"\n'.encode())
    frame, = read_files(spark, [file], REVIEWS)
    row, = validate_rows(frame, REVIEWS, KEY).collect()
    assert (row.review_id, row.text, row.broken) == ("r1", text, [])


def test_rows_put_aside_show_their_rule_and_no_value_that_slipped(spark, tmp_path):
    lines = [HEADER, line("o1"), line("o\xe92"), '"o3', line("o4") + ',"'][:4]
    files = [land(tmp_path, "p.csv", "\n".join(lines).encode("latin-1")),
             land(tmp_path, "p.json", json_of("o5", "o6") + b'{"order_id":"o7"} {}\n'
                  + json_of("o10").replace(b'"u1"', b'{"id":"u1"}')),
             land(tmp_path, "p.parquet", parquet_of("o8", "o9", ds=["2026-11-20", "2026-11-19"]))]
    judged = [row for frame in read_files(spark, files, ORDERS) for row in validate_rows(frame, ORDERS, KEY).collect()]
    found = {row.order_id or row.raw: row.broken for row in judged}
    assert {order: [rule for rule in rules if "present" not in rule] for order, rules in found.items()} == {
        "o1": [], '{"_malformed":"x?9,9999-99-99 99:99:99,x9,x9,9,999"}': ["the text is UTF-8"], "o3": [
            "the line can be read"], "o5": [], "o6": [], '{"_malformed":"{\\"xxxxx_xx\\":\\"x9\\"} {}"}': [
            "the line can be read"], "o8": [], "o9": ["ds is the day of its folder"], "o10": ["user_id is a string"]}


@pytest.mark.parametrize("name, content", [("p.csv.gz", broken_off(gzip.compress(csv_of(*MANY)))),
                                           ("p.parquet", damaged_page(parquet_of(*MANY)))], ids=["csv", "parquet"])
def test_damage_that_a_worker_meets_fails_without_a_value_and_is_named_afterwards(spark, tmp_path, name, content):
    files = [land(tmp_path, "good.csv", csv_of("o1")), land(tmp_path, name, content)]
    frames = read_files(spark, files, ORDERS)
    with pytest.raises(PySparkException) as failure:
        for frame in frames:
            frame.collect()
    assert str(files[1].path) in str(failure.value) and "o0." not in str(failure.value)
    assert str(files[1].path) in str(damaged_file(files, ORDERS))


def test_large_files_are_shared_among_tasks_by_row_groups(spark, tmp_path, monkeypatch):
    monkeypatch.setattr(landing_reader, "TASK_BYTES", 5_000)
    monkeypatch.setattr(landing_reader, "FILE_BYTES", 0)
    orders = [f"o{n}" for n in range(3_000)]
    pq.write_table(pq.read_table(pa.BufferReader(parquet_of(*orders))), tmp_path / "p.parquet", row_group_size=100)
    file = data_file(tmp_path / "p.parquet", FRI)
    frame, = read_files(spark, [file], ORDERS)
    assert sorted(row.order_id for row in frame.select("order_id").collect()) == sorted(orders)
    shares = landing_reader._shares([file_layout(file, ORDERS)])
    assert len(shares) > 3 and sum(len(part.row_groups) for share in shares for part in share) == 30
    assert all(len(share) == 1 for share in shares)  # the file is opened once for each


# Numbers with a fraction, the same from every source


PROBABILITIES = {"0.25": 0.25, "1": 1.0, "1E-9": 1e-9, "0.30000000000000004": 0.30000000000000004, "0": None,
                 "-0.0": None, "1.5": None, "1e400": None, "1e-400": None, "-0.25": None}
TYPED = {0.25: 0.25, 1.0: 1.0, 0.30000000000000004: 0.30000000000000004, 0.0: None, 1.5: None, float("inf"): None,
         float("nan"): None, None: None}


def samples(values, kind):
    """A file of samples with these probabilities, in a format."""
    drawn = {"drawn_at": "2026-11-20 08:30:00", "entity": "seller", "entity_id": "s1", "risk": "brushing"}
    optional = dict.fromkeys(("verdict", "reviewed_at"))
    rows = [{"sample_id": str(n), **drawn, "inclusion_probability": value, **optional}
            for n, value in enumerate(values)]
    if kind == "parquet":
        file = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows), file)
        return file.getvalue().to_pybytes()
    if kind == "csv":
        lines = [",".join(rows[0]), *(",".join(value or "" for value in row.values()) for row in rows)]
    else:  # numbers of JSON, not texts
        lines = [json.dumps(row | {"inclusion_probability": "?"}).replace('"?"', row["inclusion_probability"])
                 for row in rows]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("kind, values", [("csv", PROBABILITIES), ("jsonl", PROBABILITIES), ("parquet", TYPED)],
                         ids=["csv", "jsonl", "parquet"])
def test_a_probability_is_read_or_put_aside_from_every_format(spark, tmp_path, kind, values):
    file = land(tmp_path, f"p.{kind}", samples(values, kind))
    (raw,) = read_files(spark, [file], REVIEW_SAMPLES)
    judged = validate_rows(raw, REVIEW_SAMPLES, KEY).select("sample_id", "inclusion_probability", "broken").collect()
    found = {int(row.sample_id): None if row.broken else row.inclusion_probability for row in judged}
    assert [found[n] for n in range(len(values))] == list(values.values())


def test_a_probability_is_read_or_put_aside_from_a_select(spark, tmp_path):
    (tmp_path / "review_samples.sql").write_text(
        "SELECT id AS sample_id, TIMESTAMP '2026-11-20 08:30:00' AS drawn_at, 'seller' AS entity, 's1' AS entity_id, "
        "'brushing' AS risk, p AS inclusion_probability, CAST(NULL AS boolean) AS verdict, "
        "CAST(NULL AS timestamp) AS reviewed_at, DATE '2026-11-20' AS ds FROM VALUES ('a', CAST(0.25 AS double)), "
        "('b', CAST('NaN' AS double)), ('c', CAST('-0' AS double)), ('d', CAST('1e400' AS double)) AS t(id, p);\n")
    raw = read_source(spark, tmp_path, None, REVIEW_SAMPLES, [FRI])
    judged = validate_rows(raw, REVIEW_SAMPLES, KEY).select("sample_id", "inclusion_probability", "broken").collect()
    assert {row.sample_id for row in judged if not row.broken} == {"a"}
    assert {rule for row in judged for rule in row.broken} == {"inclusion_probability is a double",
                                                              "inclusion_probability is present"}
