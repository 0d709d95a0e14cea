"""A day of states that is ingested again: later days follow where their rows repeat it, and no others."""

import pytest

from jobs.ingestion.ingest_log import LOG
from jobs.ingestion.redelivery import REPETITIONS
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day
from tests.support.ingested_days import land, rows, taken_in

WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")


def appeal(key, outcome="open", **change):
    decided = {} if outcome == "open" else {"decided_at": "2026-11-18 09:00:00"}
    return {"appeal_id": key, "filed_at": "2026-11-18 08:00:00", "entity": "seller", "entity_id": "s1",
            "outcome": outcome, **decided, **change}


LANDED = {
    WED: [appeal("answered"), appeal("silent"), appeal("at once"), appeal("at once", "upheld")],
    THU: [appeal("answered"), appeal("silent"), appeal("bad", "upheld", decided_at=None)],
    FRI: [appeal("answered", "upheld", compensation_cents=500), appeal("silent"), appeal("silent")],
}


@pytest.fixture
def config(tmp_path):
    settings = load_settings({"VIGIL_HOME": str(tmp_path)})
    for ds, lines in LANDED.items():
        land(settings, "appeals", ds, *lines)
    return settings


def kept(root):
    return sorted((row["appeal_id"], row["ds"].day, row["outcome"]) for row in rows(root, "appeals"))


def logged(root):
    return {row["ds"].day: (row["rows_in"], row["kept"], row["quarantined"], row["dropped"]) for row in rows(root, LOG)}


ALL_KEPT = [("answered", 18, "open"), ("answered", 20, "upheld"), ("at once", 18, "upheld"), ("silent", 18, "open")]


def test_a_range_its_days_one_by_one_and_a_day_again_give_the_same_states(spark, config, tmp_path):
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    assert kept(config.lake) == ALL_KEPT
    assert logged(config.lake) == {18: (4, 3, 0, 1), 19: (3, 0, 1, 2), 20: (3, 1, 0, 2)}
    for ds in (WED, THU, FRI):
        taken_in(spark, config, tmp_path / "one by one", [ds], run=f"day-{ds}")
    tables = ("appeals", "quarantine", LOG, REPETITIONS)
    assert [rows(tmp_path / "one by one", table) for table in tables] == [rows(config.lake, table) for table in tables]
    before = [rows(config.lake, table) for table in tables]
    taken_in(spark, config, config.lake, [WED], run="again")
    assert [rows(config.lake, table) for table in tables] == before


def ingested_again(spark, config, *lines):
    """What is kept once a mended Wednesday is ingested again, and the later days that it brings with it."""
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    land(config, "appeals", WED, *lines)
    taken_in(spark, config, config.lake, [WED], run="mended")
    return kept(config.lake)


@pytest.mark.engine("sail")
def test_a_dropped_state_is_kept_when_the_state_before_it_was_another(spark, config):
    mended = [appeal("answered", "rejected"), *LANDED[WED][1:]]
    assert ingested_again(spark, config, *mended) == sorted(
        [("answered", 18, "rejected"), ("answered", 19, "open"), *ALL_KEPT[1:]])


@pytest.mark.engine("sail")
def test_a_kept_state_is_dropped_when_an_equal_one_comes_before_it(spark, config):
    mended = [appeal("answered", "upheld", compensation_cents=500), *LANDED[WED][1:]]
    assert ingested_again(spark, config, *mended) == sorted(
        [("answered", 18, "upheld"), ("answered", 19, "open"), *ALL_KEPT[2:]])


@pytest.mark.engine("sail")
def test_days_whose_rows_repeat_nothing_of_a_mended_day_keep_their_files(spark, config):
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    before = Lake(config.lake).files("appeals")
    land(config, "appeals", WED, *LANDED[WED], appeal("another"))
    taken_in(spark, config, config.lake, [WED], run="mended")
    after = Lake(config.lake).files("appeals")
    assert after[FRI] == before[FRI] and after[WED] != before[WED]
