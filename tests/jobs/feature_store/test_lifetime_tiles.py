"""What is long past is added up once, and gives what the days themselves would give."""

import dataclasses
import random

import pytest

from features.aggregation import history, value_days, windows
from features.entities import FEATURE_SETS
from features.language.feature import Feature
from jobs.feature_store import tile_store
from jobs.runtime import day_ranges
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake
from tests.support.builders import day, hold
from tests.support.homes import copy_of
from tests.support.ingested_days import land, order, taken_in

SELLER = FEATURE_SETS["seller"]
# One partial aggregate of every kind; the rest of a shop's features have nothing to do with how tiles are kept.
FEW = dataclasses.replace(SELLER, slice_columns=(), texts=(), definitions=tuple(
    d for d in SELLER.of_type(Feature) if d.source.name == "orders" and d.aggregation != "distinct"))
OLD = [day(text) for text in ("2026-03-05", "2026-03-31", "2026-04-01", "2026-06-20")]
RECENT = [day(text) for text in ("2026-08-02", "2026-09-10", "2026-10-20", "2026-11-19")]
AS_OF = day("2026-11-20")  # whose quarter begins in August


def landed(config, days):
    draw = random.Random(4)
    for ds in days:
        land(config, "orders", ds, *(order(f"o{ds}-{n}", seller_id=f"s{draw.randrange(3)}", user_id="u1",
                                           ordered_at=f"{ds} 08:30:00", amount_cents=draw.randrange(1_000))
                                     for n in range(5)))


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """Days of this quarter and of long before, ingested."""
    config = load_settings({"VIGIL_HOME": str(tmp_path_factory.mktemp("long-past"))})
    landed(config, [*OLD, *RECENT])
    taken_in(spark, config, config.lake, [*OLD, *RECENT])
    return config.home


@pytest.fixture
def config(home, tmp_path):
    """A copy of the home, to be changed as a test likes."""
    return copy_of(home, tmp_path)


def built(spark, config, run, as_of=AS_OF):
    """Features as of a day by seller, and the days of tiles and of roll-ups that the run made."""
    lake = Lake(config.lake, run)
    needed = day_ranges.days_between(value_days.first_tile([as_of]), as_of)
    stored = tile_store.load_or_build_tiles(spark, lake, FEW, needed)
    past = history.History(stored["tiles"], stored["values"], None, tile_store.first_days(lake, FEW))
    rows = {row.seller_id: row.asDict() for row in windows.as_of_features(past, FEW, [as_of], hold).collect()}
    made = []
    for table in ("seller_tiles", catalog.lifetime(FEW.entity).name):
        staged = lake.staged(table)
        made.append(staged.dates if staged else [])
        if staged:
            lake.commit(staged)
    return rows, *made


def day_by_day(spark, config, as_of=AS_OF):
    """The same features with nothing rolled up."""
    lake = Lake(config.lake, "reference")
    stored = tile_store.TileReader(spark, lake, FEW, frozenset([*OLD, *RECENT]), {}, {})
    days = [ds for ds in (*OLD, *RECENT) if ds <= as_of]
    past = history.History(stored.frame("tiles", days), None, None, tile_store.first_days(lake, FEW))
    return {row.seller_id: row.asDict() for row in windows.as_of_features(past, FEW, [as_of], hold).collect()}


def test_a_lifetime_of_roll_ups_is_that_of_the_days(spark, config):
    rows, made, rolled = built(spark, config, "tonight")
    assert made == [*OLD, *RECENT] and rolled == [day("2026-07-31")]
    assert rows == day_by_day(spark, config)
    assert sum(row["order_count_lifetime"] for row in rows.values()) == 40
    assert sum(row["order_count_90d"] for row in rows.values()) == 15
    # Another night of the month reads it, and the tiles of no day before it.
    again, made, rolled = built(spark, config, "again")
    assert (again, made, rolled) == (rows, [], [])


def test_the_next_month_is_added_to_the_one_before(spark, config):
    built(spark, config, "tonight")
    later = day("2026-12-05")  # whose quarter begins in September
    rows, made, rolled = built(spark, config, "december", later)
    assert (made, rolled) == ([], [day("2026-08-31")])
    assert rows == day_by_day(spark, config, later)
    earlier = built(spark, config, "earlier")
    assert earlier[1:] == ([], [])


def test_an_old_day_that_is_taken_in_anew_is_added_up_anew(spark, config):
    before, *_ = built(spark, config, "tonight")
    big = order("one", seller_id="s1", ordered_at=f"{OLD[1]} 08:30:00", amount_cents=1_000_000)
    land(config, "orders", OLD[1], big)
    taken_in(spark, config, config.lake, [OLD[1]], run="anew")
    rows, made, rolled = built(spark, config, "then")
    assert made == [OLD[1]] and rolled == [day("2026-07-31")]
    assert rows == day_by_day(spark, config) != before
    assert rows["s1"]["order_amount_lifetime"] > 1_000_000


def test_without_features_of_a_lifetime_nothing_is_rolled_up_or_read_beyond_the_quarter(spark, config):
    short = dataclasses.replace(FEW, definitions=tuple(
        dataclasses.replace(d, windows=(7, 30)) for d in FEW.definitions))
    lake = Lake(config.lake, "short")
    needed = day_ranges.days_between(value_days.first_tile([AS_OF]), AS_OF)
    tile_store.load_or_build_tiles(spark, lake, short, needed)
    assert lake.staged("seller_tiles").dates == RECENT[1:]
    assert lake.staged(catalog.lifetime(short.entity).name) is None
