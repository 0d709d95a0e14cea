"""Whole months are put together once, and give what their days themselves would give."""

import dataclasses
import random

import pytest

from features.aggregation import history, value_days, windows
from features.entities import FEATURE_SETS
from features.language.feature import Feature
from jobs.feature_store import month_tiles, tile_store
from jobs.runtime import day_ranges
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day, hold
from tests.support.homes import copy_of
from tests.support.ingested_days import land, order, taken_in

pytestmark = pytest.mark.engine("sail")

SELLER = FEATURE_SETS["seller"]
# Buyers are looked at for a quarter here and so come by months; products for a month, and devices for a week.
FEW = dataclasses.replace(SELLER, slice_columns=(), texts=(), definitions=tuple(
    dataclasses.replace(d, windows=(7, 90)) if d.name == "buyer_distinct" else d
    for d in SELLER.of_type(Feature) if d.source.name == "orders"))
DAYS = [day(text) for text in ("2026-08-24", "2026-09-01", "2026-09-10", "2026-09-30", "2026-10-01", "2026-10-21",
                               "2026-10-22", "2026-10-31", "2026-11-02", "2026-11-20")]
AS_OF = day("2026-11-20")  # whose quarter begins on 2026-08-23
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (day(f"2026-{text}") for text in ("08-31", "09-30", "10-31", "11-30"))


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """Ten days of a quarter, ingested."""
    config, draw = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("quarter"))}), random.Random(4)
    for ds in DAYS:
        land(config, "orders", ds, *(order(f"o{ds}-{n}", seller_id=f"s{draw.randrange(3)}",
                                           user_id=f"u{draw.randrange(6)}", product_id=f"p{draw.randrange(20)}",
                                           ordered_at=f"{ds} 08:30:00") for n in range(9)))
    taken_in(spark, config, config.lake, DAYS)
    return config.home


@pytest.fixture
def config(home, tmp_path):
    """A copy of the home, to be changed as a test likes."""
    return copy_of(home, tmp_path)


def built(spark, config, run, *as_ofs, features=FEW):
    """Features as of some days by shop and day, and the months of values and of tiles that the run made."""
    lake = Lake(config.lake, run)
    needed = day_ranges.days_between(value_days.first_tile(as_ofs), max(as_ofs))
    stored = tile_store.load_or_build_tiles(spark, lake, features, needed)
    past = history.History(stored["tiles"], stored["values"], None, tile_store.first_days(lake, features),
                           stored["month_values"])
    rows = {(row.ds, row.seller_id): row for row in windows.as_of_features(past, features, as_ofs, hold).collect()}
    made = {}
    for kind in tile_store.KINDS:
        if staged := lake.staged(f"seller_{kind}"):
            made[kind] = staged.dates
            lake.commit(staged)
    return rows, *(made.get(kind, []) for kind in ("month_values", "month_tiles"))


def day_by_day(spark, config, *as_ofs, features=FEW):
    """The same features with no month put together."""
    lake = Lake(config.lake, "reference")
    stored = tile_store.TileReader(spark, lake, features, frozenset(DAYS), {}, {})
    past = history.History(stored.frame("tiles", DAYS), stored.frame("values", DAYS), None,
                           tile_store.first_days(lake, features))
    return {(row.ds, row.seller_id): row for row in windows.as_of_features(past, features, as_ofs, hold).collect()}


def test_the_months_of_a_quarter_give_what_their_days_give(spark, config):
    rows, values, tiles = built(spark, config, "tonight", AS_OF)
    assert values == [SEPTEMBER, OCTOBER]  # not August, of which the quarter has a week
    assert tiles == [SEPTEMBER, OCTOBER]  # which the window of a month cuts: another night will look at it whole
    assert rows == day_by_day(spark, config, AS_OF) and len(rows) == 3
    assert built(spark, config, "again", AS_OF) == (rows, [], [])
    kept = Lake(config.lake).read(spark, "seller_month_values", [OCTOBER]).collect()
    assert {row.feature_id for row in kept} == {FEW.distinct_feature_ids["buyer_distinct"]}
    assert {row.day_bits & ~(1 | 1 << 20 | 1 << 21 | 1 << 30) for row in kept} == {0}
    added = Lake(config.lake).read(spark, "seller_month_tiles").collect()
    assert sum(row.order_count for row in added) == 63 and {row.ds for row in added} == {SEPTEMBER, OCTOBER}
    assert "product_distinct" not in added[0] and "quantity_max" not in added[0]


def test_months_serve_several_days_at_once(spark, config):
    as_ofs = [day("2026-09-15"), day("2026-10-20"), AS_OF]  # the first of which looks back to June
    rows, values, tiles = built(spark, config, "backfill", *as_ofs)
    assert values == tiles == [AUGUST, SEPTEMBER, OCTOBER] and len(rows) == 9
    assert rows == day_by_day(spark, config, *as_ofs)


def test_a_month_is_put_together_only_after_its_last_day(spark, config):
    assert built(spark, config, "its-last", NOVEMBER)[1:] == ([OCTOBER], [OCTOBER])  # a quarter from 2026-09-02 on
    rows, values, tiles = built(spark, config, "next", day("2026-12-01"))
    assert values == tiles == [NOVEMBER]
    assert rows == day_by_day(spark, config, day("2026-12-01"))


def test_tiles_of_a_month_that_a_window_cuts_come_by_day(spark, config):
    cut = dataclasses.replace(FEW, definitions=tuple(
        dataclasses.replace(d, windows=(*d.windows, 60)) if d.name == "order_count" else d for d in FEW.definitions))
    for as_of in (AS_OF, day("2026-11-29")):  # when the window of 60 days begins on 2026-09-22, and with October
        rows, *_ = built(spark, config, f"as-of-{as_of}", as_of, features=cut)
        assert rows == day_by_day(spark, config, as_of, features=cut)


def test_a_february_that_a_window_of_a_month_holds_comes_by_day():
    long = dataclasses.replace(FEW, definitions=tuple(
        dataclasses.replace(d, windows=(30, 90)) for d in FEW.definitions))
    february = {day("2026-02-28"): [day("2026-02-03")]}
    assert month_tiles.months_inside_windows(february, long, day("2026-03-01")) == {}
    assert month_tiles.months_inside_windows(february, long, day("2026-03-31")) == february


def test_a_day_that_is_taken_in_anew_puts_its_month_together_anew(spark, config):
    before, *_ = built(spark, config, "tonight", AS_OF)
    land(config, "orders", DAYS[2], *(order(f"new{n}", seller_id="s1", user_id=f"new{n}",
                                            ordered_at=f"{DAYS[2]} 08:30:00") for n in range(5)))
    taken_in(spark, config, config.lake, [DAYS[2]], run="anew")
    rows, values, tiles = built(spark, config, "then", AS_OF)
    assert (values, tiles) == ([SEPTEMBER], [SEPTEMBER])
    assert rows == day_by_day(spark, config, AS_OF) != before


def test_where_nobody_looks_further_back_no_month_is_put_together(spark, config):
    short = dataclasses.replace(FEW, definitions=tuple(
        dataclasses.replace(d, windows=(7, 30)) for d in FEW.definitions))
    rows, values, tiles = built(spark, config, "short", AS_OF, features=short)
    assert (values, tiles) == ([], [])
    assert rows == day_by_day(spark, config, AS_OF, features=short)
