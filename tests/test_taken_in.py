"""A day is left alone while its input is the very same, and only then."""

import dataclasses

import pytest
from conftest import day
from test_ingest import land, order, taken_in

from features import intake
from jobs import secret
from jobs.errors import Refused
from jobs.gate import nothing_to_pass, pass_gate
from jobs.lake import Lake
from jobs.settings import settings
from jobs.taken_in import LOG, as_before
from jobs.validate import event_audits

WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")


@pytest.fixture
def places(spark, tmp_path):
    """Three days that were taken in as one range, the last of them once more."""
    places = settings({"VIGIL_HOME": str(tmp_path)})
    for ds in (WED, THU, FRI):
        land(places, "orders", ds, order(f"o{ds}"), order("again"))
    taken_in(spark, places, places.lake, [WED, THU])
    taken_in(spark, places, places.lake, [FRI], run="tonight")
    return places


def left_alone(places, ds=FRI):
    return as_before(places, Lake(places.lake), ds, secret.key(places))


def test_the_same_input_is_known_again(places):
    assert [left_alone(places, ds) for ds in (WED, THU, FRI)] == [True, True, True]
    assert Lake(places.lake).made_from(LOG).keys() == {WED, THU, FRI}


def test_a_mended_file_is_not(places):
    file = next((places.landing / "orders" / f"ds={FRI}").iterdir())
    before = file.read_text()
    file.write_text(before.replace("250", "251"))
    assert not left_alone(places)
    file.write_text(before)
    assert left_alone(places)
    land(places, "cases", FRI, {"case_id": "c1"})
    assert not left_alone(places)


def test_nor_is_a_day_whose_week_before_was_taken_in_anew(spark, places):
    taken_in(spark, places, places.lake, [THU], run="mended")
    assert [left_alone(places, ds) for ds in (WED, THU, FRI)] == [True, True, False]
    taken_in(spark, places, places.lake, [FRI], run="then")
    assert left_alone(places)


def test_nor_another_key_another_meaning_or_what_a_select_gives(places, monkeypatch):
    assert not left_alone(dataclasses.replace(places, key="another key of thirty-two letters"))
    assert not left_alone(dataclasses.replace(places, sources=places.landing))
    monkeypatch.setattr(intake, "SEMANTICS", intake.SEMANTICS + 1)
    assert not left_alone(places)


def test_a_day_that_was_never_committed_is_not_known(spark, places):
    from jobs.ingest import ingest

    land(places, "orders", FRI, order("new"), name="part-1.jsonl")
    ingest(spark, places, Lake(places.lake, "died"), [FRI])
    assert not left_alone(places)


def test_the_gate_lets_a_run_pass_that_says_there_is_nothing_new(spark, places, capsys):
    lake = Lake(places.lake, "again")
    with pytest.raises(Refused, match="run again has written nothing to audit"):
        pass_gate(spark, lake, "events", FRI, event_audits(lake))
    nothing_to_pass(lake, "events")
    pass_gate(spark, lake, "events", FRI, event_audits(lake))
    assert "events, 2026-11-20: nothing new to audit" in capsys.readouterr().out
    with pytest.raises(Refused, match="run again has written nothing to audit"):
        pass_gate(spark, lake, "features", FRI, event_audits(lake))
