"""Which days a run ingests: new ones, mended ones, and none whose input is the very same."""

import dataclasses
import shutil

import pytest

from features.inputs import validation
from jobs import ingest
from jobs.commands import forget_table
from jobs.errors import UserError
from jobs.ingestion import ingest_days
from jobs.ingestion.day_selection import RequestedRange, Selection
from jobs.ingestion.event_tables import IngestRun, ingest_tables
from jobs.ingestion.ingest_days import log_missing, log_selection, select_landing
from jobs.ingestion.ingest_log import LOG
from jobs.ingestion.masking_key import load_or_create_key
from jobs.quality.commit_gate import audit_and_commit, record_unchanged
from jobs.quality.stages import event_audits
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day
from tests.support.homes import copy_of
from tests.support.ingested_days import ids, land, order, rows, taken_in

WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")
CLICK = {"click_id": "i1", "clicked_at": "2026-11-20 08:30:00"}


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """Three days of orders that were ingested as one range, the last of them once more."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("three-days"))})
    for ds in (WED, THU, FRI):
        land(config, "orders", ds, order(f"o{ds}"), order("again"))
    taken_in(spark, config, config.lake, [WED, THU])
    taken_in(spark, config, config.lake, [FRI], run="tonight")
    return config.home


@pytest.fixture
def config(home, tmp_path):
    """A copy of the home, to be changed as a test likes."""
    return copy_of(home, tmp_path)


def selection(config, last=FRI, first=None):
    return select_landing(config, Lake(config.lake), RequestedRange(first or last, last))[0]


def run_selected(spark, config, last, first=None, run="then"):
    """What a run for these days ingests, through a gate without audits."""
    from tests.support.ingested_days import commit

    lake = Lake(config.lake, run)
    chosen, inventory = select_landing(config, lake, RequestedRange(first or last, last))
    ingest_tables(IngestRun(spark, config, lake, load_or_create_key(config), chosen.by_table, inventory))
    commit(spark, Lake(config.lake, run), last)


def test_unchanged_input_is_skipped(config):
    assert selection(config, FRI, first=WED).chosen == frozenset()
    assert selection(config, FRI, first=WED).skipped == {("orders", ds) for ds in (WED, THU, FRI)}


def test_a_mended_file_is_ingested_again_and_its_old_content_is_known_again(config):
    file = next((config.landing / "orders" / f"ds={FRI}").iterdir())
    before = file.read_text()
    file.write_text(before.replace("250", "251"))
    assert selection(config).by_table == {"orders": [FRI]}
    file.write_text(before)
    assert selection(config).chosen == frozenset()


def test_a_table_that_lands_later_is_ingested_and_the_others_are_left(config):
    land(config, "clicks", FRI, CLICK)
    assert selection(config).by_table == {"clicks": [FRI]}


def test_orders_that_land_after_other_tables_are_ingested_the_next_night(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(config, "clicks", THU, CLICK | {"clicked_at": "2026-11-19 08:30:00"})
    taken_in(spark, config, config.lake, [THU])
    land(config, "orders", THU, order("late"))
    land(config, "orders", FRI, order("today"))
    assert selection(config, FRI).by_table == {"orders": [THU, FRI]}


def test_a_day_with_a_header_and_no_row_is_not_ingested_again(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(config, "orders", FRI, order("o1"))
    land(config, "clicks", FRI, "click_id,clicked_at", name="p.csv")
    taken_in(spark, config, config.lake, [FRI])
    assert selection(config).chosen == frozenset()
    assert {row["table"]: row["rows_in"] for row in rows(config.lake, LOG)} == {"clicks": 0, "orders": 1}


def test_three_mended_days_are_all_ingested_when_a_range_is_asked_for(config):
    for ds in (WED, THU, FRI):
        land(config, "orders", ds, order(f"mended{ds}"))
    assert selection(config, FRI, first=WED).by_table == {"orders": [WED, THU, FRI]}
    assert selection(config, FRI).by_table == {"orders": [FRI]}


def test_a_second_file_of_an_earlier_day_is_named_with_its_command(config, capsys):
    land(config, "orders", WED, order("more"), name="part-1.jsonl")
    found = selection(config, FRI)
    log_selection(found, RequestedRange(FRI, FRI))
    assert (found.chosen, found.changed) == (frozenset(), {("orders", WED)})
    assert "orders 2026-11-18: files landed or were removed after the day was ingested, and are not read. Ingest " \
           "them: make backfill FROM=2026-11-18 TO=2026-11-20" in capsys.readouterr().out


def test_rows_of_a_withdrawn_file_leave_the_lake_and_the_log_keeps_the_others(spark, config):
    land(config, "clicks", FRI, CLICK)
    run_selected(spark, config, FRI, run="with")
    shutil.rmtree(config.landing / "clicks" / f"ds={FRI}")
    assert selection(config).withdrawn == {("clicks", FRI)}
    run_selected(spark, config, FRI, run="without")
    assert Lake(config.lake).counts("clicks") == {}
    assert {(row["table"], row["ds"]): row["rows_in"] for row in rows(config.lake, LOG)} == {
        ("orders", WED): 2, ("orders", THU): 2, ("orders", FRI): 2, ("clicks", FRI): 0}
    assert selection(config).chosen == frozenset()


def test_a_day_whose_landing_folders_are_all_gone_keeps_its_rows(config):
    shutil.rmtree(config.landing / "orders" / f"ds={FRI}")
    assert selection(config).chosen == frozenset()


def test_what_a_refused_attempt_staged_is_no_part_of_the_next_one(spark, config, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    land(config, "clicks", FRI, CLICK)
    ingest_days.ingest(spark, config, Lake(config.lake, "same-run"), [FRI])
    shutil.rmtree(config.landing / "clicks")
    ingest.main(["--ds", str(FRI), "--run-id", "same-run"])
    assert Lake(config.lake, "same-run").staged("clicks") is None


def test_days_of_a_table_that_was_lost_and_forgotten_are_ingested_again(config, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    shutil.rmtree(f"{config.lake}/orders")
    with pytest.raises(UserError, match="orders: .*_delta_log is gone; version 1 was known"):
        selection(config)
    forget_table.main(["--table", "orders"])
    assert selection(config).by_table == {"orders": [WED, THU, FRI]}


@pytest.mark.parametrize("table", ["quarantine", "repetitions"])
def test_days_whose_quarantine_or_repetitions_were_forgotten_are_ingested_again(spark, config, monkeypatch, table):
    monkeypatch.setenv("VIGIL_HOME", str(config.home))
    land(config, "orders", FRI, order("again"), order("again"), order(None), name="bad.jsonl")
    run_selected(spark, config, FRI)
    assert selection(config).chosen == frozenset()
    wanted = rows(config.lake, table)
    forget_table.main(["--table", table])
    assert selection(config).by_table["orders"][-1] == FRI
    run_selected(spark, config, FRI, run="made-again")
    assert rows(config.lake, table) == wanted != []


def test_another_key_or_another_meaning_ingests_the_day_asked_for_again(config, monkeypatch):
    assert selection(dataclasses.replace(config, key="another key of thirty-two letters")).by_table == {"orders": [FRI]}
    monkeypatch.setattr(validation, "FORMAT_VERSION", validation.FORMAT_VERSION + 1)
    assert selection(config).by_table == {"orders": [FRI]}


def test_a_day_that_was_never_committed_is_ingested_again(spark, config):
    land(config, "orders", FRI, order("new"), name="part-1.jsonl")
    ingest_days.ingest(spark, config, Lake(config.lake, "died"), [FRI])
    assert selection(config).by_table == {"orders": [FRI]}


# Repetitions, and days that are ingested again


def test_a_dropped_repetition_returns_when_the_earlier_day_loses_its_row(spark, config):
    assert ids(config.lake)["again", WED] == 1 and ids(config.lake)["again", FRI] == 0
    land(config, "orders", WED, order("o2026-11-18"))
    run_selected(spark, config, FRI, first=WED)
    assert ids(config.lake) == {("o2026-11-18", WED): 1, ("o2026-11-19", THU): 1, ("o2026-11-20", FRI): 1,
                                ("again", THU): 1}


def test_a_row_that_an_earlier_day_gains_makes_a_later_one_a_repetition(spark, config):
    land(config, "orders", WED, order("o2026-11-18"), order("again"), order(f"o{FRI}"))
    run_selected(spark, config, WED, first=WED)
    assert ids(config.lake) == {("o2026-11-18", WED): 1, ("again", WED): 1, (f"o{FRI}", WED): 1,
                                ("o2026-11-19", THU): 1}


def test_days_that_do_not_depend_on_a_mended_day_keep_their_files(spark, config):
    before = Lake(config.lake).files("orders")
    land(config, "orders", WED, order("o2026-11-18"), order("again"), order("more"))
    run_selected(spark, config, WED, first=WED)
    after = Lake(config.lake).files("orders")
    assert (before[THU], before[FRI]) == (after[THU], after[FRI]) and before[WED] != after[WED]


def test_repetitions_name_the_key_the_day_it_was_kept_and_whether_rows_differ(spark, tmp_path, capsys):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(config, "orders", WED, order("same"), order("other", seller_id="s1"))
    land(config, "orders", THU, order("same"), order("other", seller_id="s2"), order("twice"),
         order("twice", amount_cents=999))
    taken_in(spark, config, config.lake, [WED])
    taken_in(spark, config, config.lake, [THU], run="then")
    assert {row["key"]: (row["kept_on"], row["ds"], row["rows"], row["conflicting"])
            for row in rows(config.lake, "repetitions")} == {
        "other": (WED, THU, 1, 1), "same": (WED, THU, 1, 0), "twice": (THU, THU, 1, 1)}
    assert "warning, orders, 2026-11-19: 2 of the dropped rows differ from the row kept under their order_id" \
        in capsys.readouterr().out


def test_of_one_key_on_one_day_the_latest_is_kept(spark, tmp_path):
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    verdict = {"entity": "seller", "entity_id": "s1", "risk": "brushing", "incident_from": "2026-11-01"}
    land(config, "orders", FRI, order("o1"))
    land(config, "verdicts", FRI,
         verdict | {"verdict_id": "v1", "decided_at": "2026-11-20 09:00:00", "confirmed": False},
         verdict | {"verdict_id": "v1", "decided_at": "2026-11-20 08:00:00", "confirmed": True},
         verdict | {"verdict_id": "v2", "decided_at": "2026-11-20 08:00:00", "confirmed": True},
         verdict | {"verdict_id": "v2", "decided_at": "2026-11-20 08:00:00", "confirmed": False},
         verdict | {"verdict_id": "v3", "decided_at": "2026-11-20 08:00:00", "confirmed": False},
         verdict | {"verdict_id": "v3", "decided_at": "2026-11-20 09:00:00", "confirmed": True})
    taken_in(spark, config, config.lake, [FRI])
    assert {row["verdict_id"]: row["confirmed"] for row in rows(config.lake, "verdicts")} == {
        "v1": False, "v2": False, "v3": True}


def test_the_gate_lets_a_run_pass_that_says_there_is_nothing_new(spark, config, capsys):
    lake = Lake(config.lake, "again")
    with pytest.raises(UserError, match="run again has written nothing to audit"):
        audit_and_commit(spark, lake, "events", FRI, event_audits(lake))
    record_unchanged(lake, "events")
    audit_and_commit(spark, lake, "events", FRI, event_audits(lake))
    assert "events, 2026-11-20: no changes to validate" in capsys.readouterr().out
    with pytest.raises(UserError, match="run again has written nothing to audit"):
        audit_and_commit(spark, lake, "features", FRI, event_audits(lake))


def test_a_table_without_a_select_and_a_select_without_rows_are_named_as_such(tmp_path, capsys):
    (tmp_path / "orders.sql").touch()
    config = load_settings({"VIGIL_HOME": str(tmp_path / "home"), "VIGIL_SOURCES": str(tmp_path)})
    log_missing(config, Lake(config.lake), Selection(frozenset()))
    lines = capsys.readouterr().out.splitlines()
    assert "vigil: orders: no rows of its SELECT; its features will be null" in lines
    assert "vigil: users: no SELECT; its features will be null" in lines
