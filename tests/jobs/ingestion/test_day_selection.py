"""Which days a run ingests: new ones, mended ones, and none whose input is the very same."""

import dataclasses
import shutil

import pytest

from features.inputs import validation
from jobs import ingest
from jobs.commands import forget_table
from jobs.errors import UserError
from jobs.ingestion import ingest_days
from jobs.ingestion.day_selection import RequestedDays
from jobs.ingestion.ingest_days import log_selection, select_landing
from jobs.ingestion.ingest_log import LOG
from jobs.quality.commit_gate import audit_and_commit, record_unchanged
from jobs.quality.stages import event_audits
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.jobs.test_ingest import ids, land, order, rows, taken_in
from tests.support.builders import day

WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")
CLICK = {"click_id": "i1", "clicked_at": "2026-11-20 08:30:00"}


@pytest.fixture
def places(spark, tmp_path):
    """Three days of orders that were ingested as one range, the last of them once more."""
    places = load_settings({"VIGIL_HOME": str(tmp_path)})
    for ds in (WED, THU, FRI):
        land(places, "orders", ds, order(f"o{ds}"), order("again"))
    taken_in(spark, places, places.lake, [WED, THU])
    taken_in(spark, places, places.lake, [FRI], run="tonight")
    return places


def selection(places, last=FRI, first=None):
    return select_landing(places, Lake(places.lake), RequestedDays(first or last, last))[0]


def run_selected(spark, places, last, first=None, run="then"):
    """What a run for these days ingests, through a gate without audits."""
    from tests.jobs.test_ingest import commit

    lake = Lake(places.lake, run)
    chosen, inventory = select_landing(places, lake, RequestedDays(first or last, last))
    ingest.ingest_tables(ingest.IngestRun(spark, places, lake, ingest.secret.key(places), chosen.by_table, inventory))
    commit(spark, Lake(places.lake, run), last)


def test_unchanged_input_is_skipped(places):
    assert selection(places, FRI, first=WED).chosen == frozenset()
    assert selection(places, FRI, first=WED).skipped == {("orders", ds) for ds in (WED, THU, FRI)}


def test_a_mended_file_is_ingested_again_and_its_old_content_is_known_again(places):
    file = next((places.landing / "orders" / f"ds={FRI}").iterdir())
    before = file.read_text()
    file.write_text(before.replace("250", "251"))
    assert selection(places).by_table == {"orders": [FRI]}
    file.write_text(before)
    assert selection(places).chosen == frozenset()


def test_a_table_that_lands_later_is_ingested_and_the_others_are_left(places):
    land(places, "clicks", FRI, CLICK)
    assert selection(places).by_table == {"clicks": [FRI]}


def test_orders_that_land_after_the_other_tables_of_their_day_are_ingested_by_the_next_night(spark, tmp_path):
    places = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(places, "clicks", THU, CLICK | {"clicked_at": "2026-11-19 08:30:00"})
    taken_in(spark, places, places.lake, [THU])
    land(places, "orders", THU, order("late"))
    land(places, "orders", FRI, order("today"))
    assert selection(places, FRI).by_table == {"orders": [THU, FRI]}


def test_a_day_with_a_header_and_no_row_is_not_ingested_again(spark, tmp_path):
    places = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(places, "orders", FRI, order("o1"))
    land(places, "clicks", FRI, "click_id,clicked_at", name="p.csv")
    taken_in(spark, places, places.lake, [FRI])
    assert selection(places).chosen == frozenset()
    assert {row["table"]: row["rows_in"] for row in rows(places.lake, LOG)} == {"clicks": 0, "orders": 1}


def test_three_mended_days_are_all_ingested_when_a_range_is_asked_for(places):
    for ds in (WED, THU, FRI):
        land(places, "orders", ds, order(f"mended{ds}"))
    assert selection(places, FRI, first=WED).by_table == {"orders": [WED, THU, FRI]}
    assert selection(places, FRI).by_table == {"orders": [FRI]}


def test_a_second_file_of_an_earlier_day_is_named_with_the_command_that_reads_it(places, capsys):
    land(places, "orders", WED, order("more"), name="part-1.jsonl")
    found = selection(places, FRI)
    log_selection(found, RequestedDays(FRI, FRI))
    assert (found.chosen, found.changed) == (frozenset(), {("orders", WED)})
    assert "orders 2026-11-18: files came or went after the day was ingested, and are not read. Take them in: " \
           "make backfill FROM=2026-11-18 TO=2026-11-20" in capsys.readouterr().out


def test_rows_of_a_withdrawn_file_leave_the_lake_and_the_log_keeps_the_others(spark, places):
    land(places, "clicks", FRI, CLICK)
    run_selected(spark, places, FRI, run="with")
    shutil.rmtree(places.landing / "clicks" / f"ds={FRI}")
    assert selection(places).withdrawn == {("clicks", FRI)}
    run_selected(spark, places, FRI, run="without")
    assert Lake(places.lake).counts("clicks") == {}
    assert {(row["table"], row["ds"]): row["rows_in"] for row in rows(places.lake, LOG)} == {
        ("orders", WED): 2, ("orders", THU): 2, ("orders", FRI): 2, ("clicks", FRI): 0}
    assert selection(places).chosen == frozenset()


def test_a_day_whose_landing_folders_are_all_gone_keeps_its_rows(places):
    shutil.rmtree(places.landing / "orders" / f"ds={FRI}")
    assert selection(places).chosen == frozenset()


def test_what_a_refused_attempt_staged_is_no_part_of_the_next_one(spark, places, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(places.home))
    land(places, "clicks", FRI, CLICK)
    ingest_days.ingest(spark, places, Lake(places.lake, "same-run"), [FRI])
    shutil.rmtree(places.landing / "clicks")
    ingest.main(["--ds", str(FRI), "--run-id", "same-run"])
    assert Lake(places.lake, "same-run").staged("clicks") is None


def test_days_of_a_table_that_was_lost_and_forgotten_are_ingested_again(places, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(places.home))
    shutil.rmtree(f"{places.lake}/orders")
    with pytest.raises(UserError, match="orders: .*_delta_log is gone; version 1 was known"):
        selection(places)
    forget_table.main(["--table", "orders"])
    assert selection(places).by_table == {"orders": [WED, THU, FRI]}


def test_another_key_or_another_meaning_ingests_the_day_asked_for_again(places, monkeypatch):
    assert selection(dataclasses.replace(places, key="another key of thirty-two letters")).by_table == {"orders": [FRI]}
    monkeypatch.setattr(validation, "SEMANTICS", validation.FORMAT_VERSION + 1)
    assert selection(places).by_table == {"orders": [FRI]}


def test_a_day_that_was_never_committed_is_ingested_again(spark, places):
    land(places, "orders", FRI, order("new"), name="part-1.jsonl")
    ingest_days.ingest(spark, places, Lake(places.lake, "died"), [FRI])
    assert selection(places).by_table == {"orders": [FRI]}


# Repetitions, and days that are ingested again


def test_a_row_dropped_for_an_earlier_day_comes_back_when_that_day_loses_its_row(spark, places):
    assert ids(places.lake)["again", WED] == 1 and ids(places.lake)["again", FRI] == 0
    land(places, "orders", WED, order("o2026-11-18"))
    run_selected(spark, places, FRI, first=WED)
    assert ids(places.lake) == {("o2026-11-18", WED): 1, ("o2026-11-19", THU): 1, ("o2026-11-20", FRI): 1,
                                ("again", THU): 1}


def test_a_row_that_an_earlier_day_gains_makes_a_later_one_a_repetition(spark, places):
    land(places, "orders", WED, order("o2026-11-18"), order("again"), order(f"o{FRI}"))
    run_selected(spark, places, WED, first=WED)
    assert ids(places.lake) == {("o2026-11-18", WED): 1, ("again", WED): 1, (f"o{FRI}", WED): 1,
                                ("o2026-11-19", THU): 1}


def test_days_that_do_not_depend_on_a_mended_day_keep_their_files(spark, places):
    before = Lake(places.lake).files("orders")
    land(places, "orders", WED, order("o2026-11-18"), order("again"), order("more"))
    run_selected(spark, places, WED, first=WED)
    after = Lake(places.lake).files("orders")
    assert (before[THU], before[FRI]) == (after[THU], after[FRI]) and before[WED] != after[WED]


def test_repetitions_name_the_key_the_day_it_was_kept_and_whether_rows_differ(spark, tmp_path, capsys):
    places = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(places, "orders", WED, order("same"), order("other", seller_id="s1"))
    land(places, "orders", THU, order("same"), order("other", seller_id="s2"), order("twice"),
         order("twice", amount_cents=999))
    taken_in(spark, places, places.lake, [WED])
    taken_in(spark, places, places.lake, [THU], run="then")
    assert {row["key"]: (row["kept_on"], row["ds"], row["rows"], row["conflicting"])
            for row in rows(places.lake, "repetitions")} == {
        "other": (WED, THU, 1, 1), "same": (WED, THU, 1, 0), "twice": (THU, THU, 1, 1)}
    assert "warning, orders, 2026-11-19: 2 of the dropped rows differ from the row kept under their order_id" \
        in capsys.readouterr().out


def test_of_one_key_on_one_day_the_latest_is_kept(spark, tmp_path):
    places = load_settings({"VIGIL_HOME": str(tmp_path)})
    verdict = {"entity": "seller", "entity_id": "s1", "risk": "brushing", "incident_from": "2026-11-01"}
    land(places, "orders", FRI, order("o1"))
    land(places, "verdicts", FRI,
         verdict | {"verdict_id": "v1", "decided_at": "2026-11-20 09:00:00", "confirmed": False},
         verdict | {"verdict_id": "v1", "decided_at": "2026-11-20 08:00:00", "confirmed": True},
         verdict | {"verdict_id": "v2", "decided_at": "2026-11-20 08:00:00", "confirmed": True},
         verdict | {"verdict_id": "v2", "decided_at": "2026-11-20 08:00:00", "confirmed": False},
         verdict | {"verdict_id": "v3", "decided_at": "2026-11-20 08:00:00", "confirmed": False},
         verdict | {"verdict_id": "v3", "decided_at": "2026-11-20 09:00:00", "confirmed": True})
    taken_in(spark, places, places.lake, [FRI])
    assert {row["verdict_id"]: row["confirmed"] for row in rows(places.lake, "verdicts")} == {
        "v1": False, "v2": False, "v3": True}


def test_the_gate_lets_a_run_pass_that_says_there_is_nothing_new(spark, places, capsys):
    lake = Lake(places.lake, "again")
    with pytest.raises(UserError, match="run again has written nothing to audit"):
        audit_and_commit(spark, lake, "events", FRI, event_audits(lake))
    record_unchanged(lake, "events")
    audit_and_commit(spark, lake, "events", FRI, event_audits(lake))
    assert "events, 2026-11-20: nothing new to audit" in capsys.readouterr().out
    with pytest.raises(UserError, match="run again has written nothing to audit"):
        audit_and_commit(spark, lake, "features", FRI, event_audits(lake))
