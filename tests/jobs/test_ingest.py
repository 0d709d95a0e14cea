"""Taking days in: nothing is lost, and a range, its days one by one, and a day again give the same rows."""

import contextlib
import datetime as dt
import io
import json
import random
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.inputs.contract import TEXT_LENGTH
from features.inputs.masking import PATTERN_LENGTH
from jobs.commands.sql import attach
from jobs.errors import UserError
from jobs.ingestion.day_selection import RequestedRange
from jobs.ingestion.ingest_days import ingest, select_landing
from jobs.ingestion.ingest_log import LOG
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import event_audits
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support import landed_responses
from tests.support.builders import day
from tests.support.ingested_days import everything, ids, land, order, rows, taken_in

WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")


# What is put aside: name of the broken rule -> the row that breaks it.

BAD = {
    "amount_cents is between 0 and 1000000000000": order("negative", amount_cents=-1),
    "ordered_at is not after the day of arrival": order("early", ordered_at="2026-11-21 00:00:00"),
    "amount_cents is a bigint": order("words", amount_cents="a lot"),
    "quantity is a bigint": order("half", quantity=0.5),
    "seller_id is present": order("nobody", seller_id=None),
    "the line can be read": '{"order_id": "cut", "ordered_at": "2026-1',
}


@pytest.fixture(scope="module")
def night(spark, tmp_path_factory):
    """Sound orders, one of them sent twice, every bad one, and a case of a kind nobody knows, through the real gate."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("night"))})
    land(config, "orders", FRI, order("o1", ordered_at="2026-11-20 08:30:00"), order("o2"), order("o2"), *BAD.values())
    land(config, "cases", FRI, {"case_id": "c1", "opened_at": "2026-11-20", "seller_id": "s1", "kind": "robbery"})
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        lake = Lake(config.lake, "tonight")
        ingest(spark, config, lake, [FRI])
        audit_and_commit(spark, lake, "events", FRI, event_audits(lake))
    return config.lake, said.getvalue()


@pytest.mark.parametrize("rule", BAD)
def test_a_row_that_breaks_its_contract_is_quarantined_with_the_rule(night, rule):
    sent = BAD[rule]
    # Of a line that cannot be taken apart, the shape.
    mark = '{"xxxxx_xx": "xxx", "xxxxxxx_xx": "9999-9' if isinstance(sent, str) else f'"order_id":"{sent["order_id"]}"'
    (aside,) = (row for row in rows(night[0], "quarantine") if mark in row["raw"].replace("\\", ""))
    assert rule in aside["rules"]
    assert (aside["table"], aside["ds"]) == ("orders", FRI)


def test_an_unknown_value_of_a_closed_set_is_quarantined(night):
    (aside,) = (row for row in rows(night[0], "quarantine") if row["table"] == "cases")
    assert aside["rules"] == ["kind is one of refund, return, dispute, cancellation"]
    assert json.loads(aside["raw"])["kind"] == "xxxxxxx"


def test_every_row_is_accounted_for(night):
    came = {row["table"]: (row["rows_in"], row["kept"], row["quarantined"], row["dropped"])
            for row in rows(night[0], LOG)}
    assert came == {"orders": (3 + len(BAD), 2, len(BAD), 1), "cases": (1, 0, 1, 0)}
    assert ids(night[0]) == {("o1", FRI): 1, ("o2", FRI): 1}
    assert f"orders, 2026-11-20: {3 + len(BAD)} rows in = 2 kept + {len(BAD)} quarantined + 1 dropped" in night[1]


def test_a_condition_on_a_text_column_finds_its_rows_in_sql(night):
    with connect() as db:
        attach(db, Lake(night[0]), ["orders", "quarantine"])
        assert db.sql("SELECT count(*) FROM orders WHERE order_id = 'o1' AND seller_id LIKE 's%'").fetchall() == [(1,)]
        assert db.sql("SELECT count(*) FROM quarantine WHERE \"table\" = 'cases'").fetchall() == [(1,)]


def test_a_table_that_did_not_land_is_said_once_and_skipped(night):
    for table in ("users", "sellers", "verdicts"):
        assert night[1].count(f"vigil: {table}: no landed files; its features will be null\n") == 1
    assert not {"users", "sellers", "verdicts"} & set(Lake(night[0]).tables())


def test_a_row_of_a_hundred_megabytes_is_put_aside_and_its_shape_shown(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    text = "A" * 100_000_000
    shown = "x" * PATTERN_LENGTH + "... (100000000 characters)"
    file = config.landing / "cases" / f"ds={FRI}" / "part-0.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([{"case_id": "c1", "opened_at": dt.datetime(2026, 11, 20), "seller_id": "s1",
                                          "kind": "refund", "text": text}]), file)
    ingest(spark, config, Lake(config.lake, "tonight"), [FRI])
    lake = Lake(config.lake, "tonight")
    (aside,) = lake.written_arrow(lake.staged("quarantine")).to_table().to_pylist()
    assert aside["rules"] == [f"text has at most {TEXT_LENGTH} characters"]
    assert json.loads(aside["raw"])["text"] == shown
    assert lake.staged("cases") is None


@pytest.mark.engine("sail")
@pytest.mark.parametrize("kind", landed_responses.FORMATS)
def test_every_row_of_what_people_answered_is_accounted_for_from_every_format(spark, tmp_path, kind):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    landed_responses.land(config.landing, FRI, landed_responses.with_bad_rows(FRI), kind)
    lake = Lake(config.lake, "tonight")
    ingest(spark, config, lake, [FRI])
    audit_and_commit(spark, lake, "events", FRI, event_audits(lake))
    found = {row["table"]: (row["rows_in"], row["kept"], row["quarantined"], row["dropped"])
             for row in rows(config.lake, LOG)}
    assert found == {table: (2 + 1 + len(bad), 2, len(bad), 1) for table, bad in landed_responses.BAD.items()}
    assert {row["inclusion_probability"] for row in rows(config.lake, "review_samples")} == {0.0625, 0.001}


# A range, its days one by one, a day again


def landed(home, shuffled=False):
    """Three days with rows sent twice on one day and on another, late ones, and bad ones."""
    config = load_settings({"VIGIL_HOME": str(home)})
    lines = {
        WED: [order("o1"), order("o2"), order("o2", amount_cents=100), order("bad", amount_cents=-1)],
        THU: [order("o1"), order("o3"), order("o4", ordered_at="2026-11-19 10:00:00")],
        FRI: [order("o1"), order("o3", seller_id="s2"), order("late"), order("o5"), order("o5"),
              order("bad", amount_cents="x")],
    }
    for ds, day_lines in lines.items():
        if not shuffled:
            land(config, "orders", ds, *day_lines)
            continue
        random.Random(7).shuffle(day_lines)
        land(config, "orders", ds, *day_lines[:1], name="a.jsonl")
        land(config, "orders", ds, *day_lines[1:], name="b.jsonl")
    return config


@pytest.fixture(scope="module")
def in_one_range(spark, tmp_path_factory):
    """The three days taken in together: where they landed, their lake, their rows."""
    config = landed(tmp_path_factory.mktemp("range"))
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    return config, everything(config.lake)


def test_a_repetition_is_dropped_on_its_day_and_on_the_days_after(in_one_range):
    assert ids(in_one_range[0].lake) == Counter(
        [("o1", WED), ("o2", WED), ("o3", THU), ("o4", THU), ("late", FRI), ("o5", FRI)])
    log = {row["ds"]: (row["rows_in"], row["kept"], row["quarantined"], row["dropped"])
           for row in in_one_range[1][LOG]}
    assert log == {WED: (4, 2, 1, 1), THU: (3, 2, 0, 1), FRI: (6, 2, 1, 3)}


@pytest.mark.engine("sail")
def test_a_range_gives_what_its_days_give_one_by_one(spark, in_one_range, tmp_path):
    config, together = in_one_range
    for ds in (WED, THU, FRI):
        taken_in(spark, config, tmp_path / "lake", [ds], run=f"day-{ds}")
    assert everything(tmp_path / "lake") == together


@pytest.mark.engine("sail")
def test_shuffled_files_give_the_same_rows(spark, in_one_range, tmp_path):
    config = landed(tmp_path, shuffled=True)
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    assert everything(config.lake)["orders"] == in_one_range[1]["orders"]
    counts = ("ds", "rows_in", "kept", "quarantined", "dropped", "conflicting")
    assert [[row[name] for name in counts] for row in everything(config.lake)[LOG]] == [
        [row[name] for name in counts] for row in in_one_range[1][LOG]]


def test_a_day_taken_in_again_after_its_range_has_the_same_rows(spark, in_one_range):
    config, before = in_one_range
    taken_in(spark, config, config.lake, [THU], run="thursday-again")
    assert everything(config.lake) == before


def test_a_file_that_was_mended_is_read_anew_by_the_same_spark(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    for run, orders in (("first", ["o1"]), ("again", ["o2", "o3"])):
        land(config, "orders", FRI, *(order(order_id) for order_id in orders))
        taken_in(spark, config, config.lake, [FRI], run=run)
    assert ids(config.lake) == {("o2", FRI): 1, ("o3", FRI): 1}


# Which days


def places_with(tmp_path, *days):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    for ds in days:
        land(config, "orders", ds, order(f"o{ds}"))
    return config


def chosen(config, last, first=None):
    """The days of each table that a run for `last`, or for the days from `first` on, would ingest."""
    return select_landing(config, Lake(config.lake), RequestedRange(first or last, last))[0].by_table


def test_a_day_on_which_nothing_landed_is_refused_with_the_last_day_there_is(tmp_path):
    config = places_with(tmp_path, WED, THU)
    with pytest.raises(UserError, match="orders, 2026-11-20: nothing landed in .*landing. Expected rows of that day; "
                       "the last day there is 2026-11-19: `make nightly DS=2026-11-19`"):
        chosen(config, FRI)


def test_days_after_the_day_asked_for_are_left(tmp_path):
    config = places_with(tmp_path, WED, THU, FRI)
    assert chosen(config, THU) == {"orders": [WED, THU]}


def test_a_missed_day_is_ingested_and_one_that_was_ingested_is_left(spark, tmp_path):
    monday, tuesday = day("2026-11-16"), day("2026-11-17")
    config = places_with(tmp_path, monday, tuesday, WED, THU, FRI)
    taken_in(spark, config, config.lake, [monday, WED])
    assert chosen(config, FRI) == {"orders": [tuesday, THU, FRI]}
    assert chosen(config, WED) == {"orders": [tuesday]}
    assert chosen(config, FRI, first=WED) == {"orders": [tuesday, THU, FRI]}
