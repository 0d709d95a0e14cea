"""Tiles in the lake: made once, and made anew with their events."""

import pytest
from pyspark.sql import functions as F

from features.aggregation import tiles
from features.entities import FEATURE_SETS
from jobs.feature_store import tile_store
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day
from tests.support.homes import copy_of
from tests.support.ingested_days import land, order, taken_in

SELLER = FEATURE_SETS["seller"]
WED, THU, FRI = day("2026-11-18"), day("2026-11-19"), day("2026-11-20")


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """Three days of one order each."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("tiles"))})
    for ds in (WED, THU, FRI):
        land(config, "orders", ds, order(f"o{ds}", user_id="u1"))
    taken_in(spark, config, config.lake, [WED, THU, FRI])
    return config.home


@pytest.fixture
def config(home, tmp_path):
    """A copy of the home, to be changed as a test likes."""
    return copy_of(home, tmp_path)


def made(spark, config, run, days):
    """The days of the tiles and values that a run is given, and the days that it made."""
    lake = Lake(config.lake, run)
    frames = tile_store.load_or_build_tiles(spark, lake, SELLER, days)
    given = {kind: {row.ds for row in frame.select("ds").distinct().collect()} for kind, frame in frames.items()
             if frame is not None}
    staged = lake.staged("seller_tiles")
    for kind in given if staged else ():
        lake.commit(lake.staged(f"seller_{kind}"))
    return given, set(staged.dates) if staged else set()


def test_tiles_are_made_of_the_days_that_are_new_or_were_taken_in_anew(spark, config):
    for run, days, expected in (("first", [WED, THU], {WED, THU}), ("again", [WED, THU], set()),
                                ("tonight", [WED, THU, FRI], {FRI})):
        given, new = made(spark, config, run, days)
        assert new == expected
        assert given == {"tiles": set(days), "values": set(days)}
    taken_in(spark, config, config.lake, [THU], run="anew")
    given, new = made(spark, config, "then", [WED, THU, FRI])
    assert new == {THU}
    assert given == {"tiles": {WED, THU, FRI}, "values": {WED, THU, FRI}}


def test_tiles_that_an_earlier_release_laid_out_otherwise_are_made_anew(spark, config, monkeypatch):
    with monkeypatch.context() as before:
        now = tiles.values
        before.setattr(tiles, "TILE_FORMAT_VERSION", "earlier")
        before.setattr(tiles, "values", lambda events, features: now(events, features).drop("feature_id").withColumn(
            "field", F.lit("buyer_distinct")))
        assert made(spark, config, "earlier", [WED])[1] == {WED}
    assert made(spark, config, "upgraded", [WED])[1] == {WED}
    kept = Lake(config.lake, "upgraded").read(spark, "seller_values", [WED])
    assert kept.where("feature_id IS NULL").isEmpty() and not kept.isEmpty()
