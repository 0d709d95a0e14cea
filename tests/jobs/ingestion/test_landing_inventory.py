"""Every entry of the landing folder is read, or left out and named with the reason."""

import os

import pytest

from jobs.errors import UserError
from jobs.ingestion.landing_inventory import list_landing
from tests.support.builders import day

FRI = day("2026-11-20")


def put(landing, path):
    file = landing / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"order_id\n")
    return file


def found(landing, table="orders", ds=FRI):
    return [(file.path.name, file.format, file.compression) for file in list_landing(landing).of(table, [ds])]


def left_out(landing):
    return {(entry.where, entry.name): entry.reason for entry in list_landing(landing).left_out}


def test_files_of_every_known_ending_are_read_whatever_their_case_and_name(tmp_path):
    names = {"a.csv": ("csv", None), "b.CSV": ("csv", None), "c.csv.gz": ("csv", "gz"), "d.Json": ("jsonl", None),
             "e.ndjson.bz2": ("jsonl", "bz2"), "f.jsonl.xz": ("jsonl", "xz"), "g.json.zst": ("jsonl", "zst"),
             "h.parquet": ("parquet", None), "i.pq": ("parquet", None), "j [1] ü 100%#.csv": ("csv", None),
             "k.part.0.csv": ("csv", None), "订单.csv": ("csv", None)}
    for name in names:
        put(tmp_path, f"orders/ds=2026-11-20/{name}")
    assert found(tmp_path) == sorted((name, *kind) for name, kind in names.items())
    assert left_out(tmp_path) == {}


@pytest.mark.parametrize("name, reason", [
    ("_SUCCESS", "begins with . or _"), (".p.csv.crc", "begins with . or _"), ("_p.csv", "begins with . or _"),
    ("p.csv.zip", "its ending"), ("p.xlsx", "its ending"), ("p", "its ending"), ("p.parquet.gz", "its ending"),
    ("p.csv.tmp", "its ending"), ("p.csv~", "its ending")])
def test_a_file_that_is_not_read_is_named_with_the_reason(tmp_path, name, reason):
    put(tmp_path, f"orders/ds=2026-11-20/{name}")
    assert found(tmp_path) == []
    assert reason in left_out(tmp_path)["orders", name]


def test_a_folder_and_a_link_to_nothing_in_place_of_a_file_are_named(tmp_path):
    put(tmp_path, "orders/ds=2026-11-20/good.csv")
    (tmp_path / "orders/ds=2026-11-20/part.parquet").mkdir()
    (tmp_path / "orders/ds=2026-11-20/more").mkdir()
    (tmp_path / "orders/ds=2026-11-20/gone.csv").symlink_to(tmp_path / "nowhere.csv")
    assert found(tmp_path) == [("good.csv", "csv", None)]
    assert left_out(tmp_path) == {("orders", "part.parquet"): "it is a folder, where a file is expected",
                                  ("orders", "more"): "a folder within a day is not read",
                                  ("orders", "gone.csv"): "it is a link to nothing"}


def test_a_pipe_in_place_of_a_file_is_named_and_not_waited_for(tmp_path):
    put(tmp_path, "orders/ds=2026-11-20/good.csv")
    os.mkfifo(tmp_path / "orders/ds=2026-11-20/pipe.csv")
    assert left_out(tmp_path) == {("orders", "pipe.csv"): "it is no regular file"}


def test_links_that_lead_to_themselves_are_named(tmp_path):
    put(tmp_path, "orders/ds=2026-11-20/good.csv")
    for link, target in (("one.csv", "other.csv"), ("other.csv", "one.csv")):
        (tmp_path / "orders/ds=2026-11-20" / link).symlink_to(target)
    assert found(tmp_path) == [("good.csv", "csv", None)]
    assert set(left_out(tmp_path)) == {("orders", "one.csv"), ("orders", "other.csv")}
    (tmp_path / "orders/ds=2026-11-19").symlink_to("ds=2026-11-19")
    with pytest.raises(UserError, match="orders: .*ds=2026-11-19 is no folder of a day"):
        list_landing(tmp_path)


def test_a_linked_file_and_a_linked_day_are_read(tmp_path):
    put(tmp_path, "elsewhere/p.csv")
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "ds=2026-11-20").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path) == [("p.csv", "csv", None)]


def test_a_day_may_be_written_without_dashes_or_with_a_large_ds(tmp_path):
    for folder in ("ds=2026-11-20", "ds=20261120", "DS=2026-11-19"):
        put(tmp_path, f"orders/{folder}/{folder}.csv")
    assert [name for name, *_ in found(tmp_path)] == ["ds=2026-11-20.csv", "ds=20261120.csv"]
    assert list_landing(tmp_path).days == [day("2026-11-19"), FRI]


@pytest.mark.parametrize("folder", ["ds=yesterday", "ds=2026-13-01", "ds=2026-11-20 ", "ds=2026-1-5"])
def test_a_folder_that_is_called_like_a_day_and_is_none_is_refused(tmp_path, folder):
    put(tmp_path, f"orders/{folder}/p.csv")
    with pytest.raises(UserError, match=f"orders: .*{folder} is no folder of a day. Expected a folder ds=YYYY-MM-DD"):
        list_landing(tmp_path)


def test_what_lies_beside_days_and_tables_is_named(tmp_path):
    for path in ("orders/p.csv", "orders/2026-11-20/p.csv", "order/ds=2026-11-20/p.csv", "refunds/ds=2026-11-20/p.csv",
                 "README", "_old/x"):
        put(tmp_path, path)
    assert left_out(tmp_path) == {
        ("orders", "p.csv"): "not in a folder ds=YYYY-MM-DD", ("orders", "2026-11-20"): "not in a folder ds=YYYY-MM-DD",
        ("", "order"): "no input table has this name (meant is orders?)",
        ("", "refunds"): "no input table has this name", ("", "README"): "no input table has this name",
        ("", "_old"): "a name that begins with . or _ marks something and holds no rows"}


def test_left_out_files_are_said_once_a_table_and_reason(tmp_path):
    for n in range(10, 15):
        put(tmp_path, f"orders/ds=2026-11-{n}/_SUCCESS")
        put(tmp_path, f"orders/ds=2026-11-{n}/p{n}.zip")
    assert list_landing(tmp_path).named_left_out() == [
        "orders: left out 5 (_SUCCESS): a name that begins with . or _ marks something and holds no rows",
        "orders: left out 5 (p10.zip, p11.zip, p12.zip, ...): its ending is none of .parquet, .csv, .jsonl, .json, "
        ".ndjson, the texts also with .gz, .bz2, .xz or .zst"]


def test_a_missing_landing_folder_is_empty_and_a_file_there_is_refused(tmp_path):
    assert list_landing(tmp_path / "none").files == {}
    with pytest.raises(UserError, match="cannot be listed"):
        list_landing(put(tmp_path, "a-file"))


def test_no_demo_is_made_among_files_that_cannot_be_read(tmp_path):
    from dags.runner.run import nothing_landed
    from jobs.settings import load_settings

    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    assert nothing_landed(config)
    put(config.landing, "orders/ds=2026-11-20/_SUCCESS")
    with pytest.raises(UserError, match="nothing in .*landing can be read. orders: left out 1 .*_SUCCESS"):
        nothing_landed(config)
    put(config.landing, "orders/ds=2026-11-20/p.csv")
    assert not nothing_landed(config)
