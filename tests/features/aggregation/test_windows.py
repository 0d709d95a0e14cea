"""Tiles and windows: sentences on few visible rows, then generated worlds against tests/support/oracle/windows.py."""

import random
from types import SimpleNamespace

import pytest

from features.aggregation import tiles, value_days, windows
from features.aggregation.history import History
from features.entities import AS_OF_DAY
from features.inputs.as_of_join import as_of_join
from features.inputs.contract import AsOfJoin
from features.inputs.tables import CASES, ORDERS, SELLERS, TABLES
from features.language.feature import LIFETIME, WINDOWS, Attribute, Change, Feature, Ratio
from features.language.feature_set import FeatureSet, from_subjects
from tests.support.builders import TODAY, YESTERDAY, ago, at, frame, hold
from tests.support.generated_events import AS_OFS, CHECKED, EDGES, LONG_AGO, WORLDS
from tests.support.oracle.windows import features_as_of

# One feature of each kind: what holds for these holds for all, and they are quick to compute.
FEW = from_subjects("seller", SELLERS, [[
    Attribute("account_age_days", SELLERS, "datediff(as_of, CAST(registered_at AS date))", meaning=""),
    Feature("order_count", ORDERS, "count()", meaning="", windows=(*WINDOWS, LIFETIME)),
    Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="", windows=(1, 7, 30, LIFETIME)),
    Feature("discount_amount", ORDERS, "sum(discount_cents)", meaning="", windows=(7,)),
    Feature("order_amount_min", ORDERS, "min(amount_cents)", meaning="", windows=(7,)),
    Feature("order_amount_max", ORDERS, "max(amount_cents)", meaning="", windows=(7, 30, LIFETIME)),
    Feature("guest_order_count", ORDERS, "count()", where="user_id IS NULL", meaning="", windows=(7,)),
    Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning="", windows=(1, 7, 30, 90)),
    Feature("first_order_age_days", ORDERS, "first()", meaning="", windows=(90, LIFETIME)),
    Feature("last_order_age_days", ORDERS, "last()", meaning="", windows=(7, 90)),
    Feature("dispute_count", CASES, "count()", where="kind = 'dispute'", meaning="", windows=(7,)),
    Feature("not_received_count", CASES, "count()", where="reason = 'item_not_received'", meaning="", windows=(7,)),
    Ratio("order_amount_mean", of="order_amount", to="order_count", meaning="", windows=(7, 30, LIFETIME)),
    Ratio("dispute_rate", of="dispute_count", to="order_count", meaning="", windows=(7,)),
    Change("order_count_change", of="order_count", meaning=""),
    Change("order_amount_max_change", of="order_amount_max", meaning="", short=7, long=30),
    Change("order_amount_mean_change", of="order_amount_mean", meaning="", short=7, long=30),
    Change("order_amount_mean_shift", of="order_amount_mean", meaning="", short=30, long=LIFETIME),
]], slice_columns=("region",))


def order(arrived, seller="s1", amount=100, buyer="u1", happened=None, **other):
    return {"order_id": "o", "ordered_at": at(happened or arrived), "seller_id": seller, "user_id": buyer,
            "quantity": 1, "amount_cents": amount, "ds": arrived} | other


def case(arrived, seller="s1", kind="dispute", **other):
    return {"case_id": "c", "opened_at": at(arrived), "seller_id": seller, "kind": kind, "ds": arrived} | other


def registered(arrived, seller="s1", since=LONG_AGO, **other):
    return {"seller_id": seller, "registered_at": at(since), "ds": arrived} | other


def history(spark, features, events, accounts=None, first_days=None) -> windows.History:
    """Events by table name, as windows.py is given them; a table without a first day began long ago."""
    found = sources(features, frames(spark, events))
    first_days = dict.fromkeys(events, LONG_AGO) if first_days is None else first_days
    return History(tiles.tiles(found, features), tiles.values(found, features),
                   None if accounts is None else frame(spark, features.profile, accounts),
                   {s.name: max(first_days[table.name] for table in s.tables) for s in features.sources
                    if s.name in found})


def sources(features, events: dict) -> dict:
    """Frames of what features aggregate: tables, and tables with columns of others."""
    return {s.name: as_of_join(events[s.left.name], events[s.right.name], s) if isinstance(s, AsOfJoin)
            else events[s.name]
            for s in features.sources if all(table.name in events for table in s.tables)}


def built(spark, orders=(), cases=(), accounts=None, as_ofs=(TODAY,), first_days=None):
    """FEW of each entity: {seller: row} as of one day, {(as_of, seller): row} as of several."""
    events = {"orders": orders} | ({} if cases is None else {"cases": cases})
    found = rows_of(windows.as_of_features(history(spark, FEW, events, accounts, first_days), FEW, as_ofs, hold), FEW)
    named = {key: SimpleNamespace(**row) for key, row in found.items()}
    return {seller: row for (_, seller), row in named.items()} if len(as_ofs) == 1 else named


def rows_of(df, features) -> dict:
    """Slices and features by (as_of, entity id)."""
    rows = df.collect()
    found = {(row.ds, row[features.id]): {name: row[name] for name in (*features.slice_columns, *features.base_columns)}
             for row in rows}
    assert len(found) == len(rows)  # one row per entity and day
    return found


# Windows


def test_a_window_holds_its_last_day_and_not_the_day_before(spark):
    ages = (0, 1, 6, 7, 29, 30, 89, 90)
    found = built(spark, [order(ago(n), f"{n} days") for n in ages])
    counts = {seller: (row.order_count_1d, row.order_count_7d, row.order_count_30d, row.order_count_90d)
              for seller, row in found.items()}
    assert counts == {"0 days": (1, 1, 1, 1),
                      "1 days": (0, 1, 1, 1), "6 days": (0, 1, 1, 1),
                      "7 days": (0, 0, 1, 1), "29 days": (0, 0, 1, 1),
                      "30 days": (0, 0, 0, 1), "89 days": (0, 0, 0, 1)}
    assert [found[f"{n} days"].buyer_distinct_30d for n in ages[:-1]] == [1, 1, 1, 1, 1, 0, 0]


def test_a_lifetime_holds_everything_that_ever_arrived_by_the_day(spark):
    orders = [order(TODAY, amount=100), order(ago(89), amount=200), order(ago(90), amount=400),
              order(ago(700), amount=800), order(ago(-1), amount=900), order(ago(700), "silent")]
    found = built(spark, orders)
    # What is long past is known of whoever is active, and makes nobody active.
    assert list(found) == ["s1"]
    row = found["s1"]
    assert (row.order_count_90d, row.order_count_lifetime, row.order_amount_lifetime) == (2, 4, 1500)
    assert (row.order_amount_max_lifetime, row.first_order_age_days_90d, row.first_order_age_days_lifetime) == (
        800, 89, 700)
    assert (row.order_amount_mean_lifetime, row.order_amount_mean_shift_30d_to_lifetime) == (1500 / 4, 100 / 375)


def test_a_late_event_counts_from_the_day_it_arrived(spark):
    orders = [order(YESTERDAY, amount=100), order(TODAY, amount=250, happened=ago(40))]
    found = built(spark, orders, as_ofs=[YESTERDAY, TODAY])
    assert found[YESTERDAY, "s1"].order_amount_7d == 100
    assert found[TODAY, "s1"].order_amount_7d == 100 + 250
    # Its own time still says when it happened.
    assert (found[YESTERDAY, "s1"].first_order_age_days_90d, found[TODAY, "s1"].first_order_age_days_90d) == (0, 40)


@pytest.mark.engine("sail")
def test_an_event_that_arrives_after_as_of_changes_nothing(spark):
    orders = [order(TODAY, amount=100), order(ago(-1), amount=900, buyer="u2", happened=ago(3)),
              order(ago(-1), seller="s2", happened=ago(3))]
    accounts = [registered(ago(5), region="EU"), registered(ago(-1), region="US", since=TODAY)]
    found = built(spark, orders, accounts=accounts, cases=[case(ago(-1))])
    assert found == built(spark, orders[:1], accounts=accounts[:1])
    assert list(found) == ["s1"] and found["s1"].order_amount_7d == 100


def test_the_value_that_comes_again_counts_from_its_latest_arrival_by_the_day(spark):
    # u1 bought 40 days ago, today and tomorrow.
    orders = [order(ago(40)), order(TODAY), order(ago(-1))]
    found = built(spark, orders, as_ofs=[YESTERDAY, TODAY])
    assert (found[YESTERDAY, "s1"].buyer_distinct_30d, found[YESTERDAY, "s1"].buyer_distinct_90d) == (0, 1)
    assert (found[TODAY, "s1"].buyer_distinct_30d, found[TODAY, "s1"].buyer_distinct_90d) == (1, 1)


@pytest.mark.engine("sail")
def test_a_list_of_days_gives_what_each_day_gives_alone(product_spark):
    days = [ago(35), TODAY]
    world = WORLDS["whole"]
    past = history(product_spark, FEW, world.events, world.accounts["sellers"])
    together = rows_of(windows.as_of_features(past, FEW, [*days, TODAY], hold), FEW)
    alone = {}
    for one in days:
        alone |= rows_of(windows.as_of_features(past, FEW, [one], hold), FEW)
    assert together == alone and {as_of for as_of, _ in together} == set(days)


@pytest.mark.engine("sail")
def test_shuffled_events_change_nothing(product_spark):
    world, draw = WORLDS["whole"], random.Random(5)
    shuffled = {name: draw.sample(rows, len(rows)) for name, rows in world.events.items()}
    accounts = world.accounts["sellers"]
    one, other = (rows_of(windows.as_of_features(history(product_spark, FEW, events, rows), FEW, [TODAY], hold), FEW)
                  for events, rows in ((world.events, accounts), (shuffled, accounts[::-1])))
    assert one == other and len(one) > 10


# Aggregates


def test_amounts_are_summed_and_compared(spark):
    row = built(spark, [order(TODAY, amount=100), order(ago(3), amount=250), order(ago(10), amount=40)])["s1"]
    assert (row.order_amount_1d, row.order_amount_7d, row.order_amount_30d) == (100, 100 + 250, 100 + 250 + 40)
    assert (row.order_amount_min_7d, row.order_amount_max_7d) == (100, 250)
    assert (row.first_order_age_days_90d, row.last_order_age_days_90d) == (10, 0)


def test_a_missing_amount_adds_nothing_and_is_no_minimum(spark):
    orders = [order(TODAY, amount=100, discount_cents=None), order(TODAY, amount=None, discount_cents=30),
              order(TODAY, "s2", amount=None)]
    found = built(spark, orders)
    one, other = found["s1"], found["s2"]
    assert (one.order_amount_7d, one.order_amount_min_7d, one.discount_amount_7d) == (100, 100, 30)
    assert (other.order_amount_7d, other.order_amount_min_7d, other.order_count_7d) == (0, None, 1)


def test_a_count_of_nothing_is_zero_and_a_maximum_of_nothing_is_null(spark):
    row = built(spark, [order(ago(50))])["s1"]
    assert (row.order_count_7d, row.order_amount_7d, row.buyer_distinct_7d) == (0, 0, 0)
    assert (row.order_amount_max_7d, row.order_amount_min_7d, row.last_order_age_days_7d) == (None, None, None)
    assert row.last_order_age_days_90d == 50


def test_a_condition_that_is_null_is_not_met(spark):
    cases = [case(TODAY, reason="item_not_received"), case(TODAY, reason=None), case(TODAY, kind="refund")]
    row = built(spark, [], cases)["s1"]
    assert (row.not_received_count_7d, row.dispute_count_7d) == (1, 2)


def test_an_event_delivered_under_another_key_counts_again_but_not_as_another_buyer(spark):
    row = built(spark, [order(TODAY), order(TODAY, order_id="again"), order(YESTERDAY, order_id="and again")])["s1"]
    assert (row.order_count_7d, row.order_amount_7d, row.buyer_distinct_7d) == (3, 3 * 100, 1)


def test_a_guest_counts_for_the_seller_and_is_nobody(spark):
    orders = [order(TODAY, buyer=None), order(TODAY, buyer="u1"), order(TODAY, seller=None)]
    found = built(spark, orders)
    assert list(found) == ["s1"]
    row = found["s1"]
    assert (row.order_count_7d, row.guest_order_count_7d, row.buyer_distinct_7d) == (2, 1, 1)


# Ratios and changes


def test_a_ratio_is_null_where_its_divisor_is_zero(spark):
    found = built(spark, [order(TODAY, amount=100), order(TODAY, amount=50), order(ago(20), "s2")],
                  [case(TODAY), case(TODAY, "s2")])
    assert (found["s1"].order_amount_mean_7d, found["s1"].dispute_rate_7d) == ((100 + 50) / 2, 1 / 2)
    assert (found["s2"].order_amount_mean_7d, found["s2"].dispute_rate_7d) == (None, None)


def test_a_change_compares_daily_means_of_what_adds_up(spark):
    orders = [order(TODAY), order(TODAY), order(ago(3)), order(ago(8), "s2"), order(ago(40), "s3")]
    found = built(spark, orders)
    assert found["s1"].order_count_change_1d_to_30d == (2 / 1) / (3 / 30)
    assert found["s2"].order_count_change_1d_to_30d == 0
    assert found["s3"].order_count_change_1d_to_30d is None


def test_a_change_compares_the_values_themselves_of_what_does_not_add_up(spark):
    row = built(spark, [order(TODAY, amount=400), order(ago(10), amount=100), order(ago(11), amount=700)])["s1"]
    assert row.order_amount_max_change_7d_to_30d == 400 / 700
    assert row.order_amount_mean_change_7d_to_30d == 400 / ((400 + 100 + 700) / 3)


# Who has a row, and what is not known


def test_an_empty_history_gives_no_rows_and_every_column(spark):
    past = history(spark, FEW, {"orders": [], "cases": []}, [])
    df = windows.as_of_features(past, FEW, [TODAY], hold)
    assert df.columns == ["ds", "seller_id", "region", *FEW.columns]
    assert df.collect() == []


def test_whoever_registered_within_ninety_days_has_a_row_without_any_event(spark):
    accounts = [registered(ago(n), f"{n} days", since=ago(n)) for n in (0, 89, 90)]
    found = built(spark, accounts=accounts)
    assert set(found) == {"0 days", "89 days"}
    assert (found["89 days"].account_age_days, found["89 days"].order_count_90d) == (89, 0)


def test_an_old_registration_is_still_known_of_whoever_is_active(spark):
    found = built(spark, [order(TODAY), order(TODAY, "unregistered")],
                  accounts=[registered(ago(300), since=ago(301), region="EU"), registered(ago(300), "silent")])
    assert set(found) == {"s1", "unregistered"}
    assert (found["s1"].account_age_days, found["s1"].region) == (301, "EU")
    assert (found["unregistered"].account_age_days, found["unregistered"].region) == (None, None)


def test_the_latest_registration_by_the_day_is_what_was_known_on_it(spark):
    accounts = [registered(ago(20), region="EU"), registered(TODAY, region="US")]
    found = built(spark, accounts=accounts, as_ofs=[YESTERDAY, TODAY])
    assert (found[YESTERDAY, "s1"].region, found[TODAY, "s1"].region) == ("EU", "US")


def test_without_a_registration_table_account_features_are_null(spark):
    row = built(spark, [order(TODAY)], accounts=None)["s1"]
    assert (row.account_age_days, row.region, row.order_count_1d) == (None, None, 1)


def test_features_of_a_table_that_never_arrived_are_null_and_not_zero(spark):
    row = built(spark, [order(TODAY)], cases=None)["s1"]
    assert (row.order_count_7d, row.dispute_count_7d, row.dispute_rate_7d) == (1, None, None)


def test_features_are_null_before_the_first_day_of_their_table_and_zero_from_it(spark):
    found = built(spark, [order(ago(2))], as_ofs=[YESTERDAY, TODAY],
                  first_days={"orders": LONG_AGO, "cases": TODAY})
    assert (found[YESTERDAY, "s1"].dispute_count_7d, found[YESTERDAY, "s1"].dispute_rate_7d) == (None, None)
    assert (found[TODAY, "s1"].dispute_count_7d, found[TODAY, "s1"].dispute_rate_7d) == (0, 0 / 1)


# Tiles


@pytest.mark.engine("sail")
def test_tiles_made_day_by_day_are_the_tiles_of_the_range(product_spark):
    days = [ago(1), TODAY]
    events = {name: [row for row in rows if row["ds"] in days] for name, rows in WORLDS["whole"].events.items()}
    for make in (tiles.tiles, tiles.values):
        whole = make(frames(product_spark, events), FEW)
        parts = [make(frames(product_spark, {name: [row for row in rows if row["ds"] == one]
                                             for name, rows in events.items()}), FEW) for one in days]
        one_by_one = parts[0].union(parts[1])
        assert parts[0].schema == whole.schema
        assert sorted(map(str, one_by_one.collect())) == sorted(map(str, whole.collect()))


def test_a_tile_has_the_same_columns_whatever_has_arrived(spark):
    both = tiles.tiles(frames(spark, {"orders": [], "cases": []}), FEW)
    one = tiles.tiles(frames(spark, {"cases": [case(TODAY)]}), FEW)
    assert [(f.name, f.dataType) for f in both.schema] == [(f.name, f.dataType) for f in one.schema]
    assert one.first().order_count is None


def test_without_any_table_there_are_no_tiles():
    assert tiles.tiles({}, FEW) is None and tiles.values({}, FEW) is None


def test_a_day_keeps_each_value_once_and_no_missing_one(spark):
    rows = [order(TODAY), order(TODAY), order(TODAY, buyer=None), order(YESTERDAY)]
    kept = tiles.values(frames(spark, {"orders": rows}), FEW).collect()
    assert sorted((r.seller_id, r.ds, r.feature_id) for r in kept) == [
        ("s1", ds, FEW.distinct_feature_ids["buyer_distinct"]) for ds in (YESTERDAY, TODAY)]
    (buyer,) = spark.sql("SELECT xxhash64('u1') AS value_hash").collect()
    assert {r.value_hash for r in kept} == {buyer.value_hash}


def test_the_first_tile_that_is_needed_is_ninety_days_wide():
    assert value_days.first_tile([TODAY, ago(7)]) == ago(7 + 89)


def frames(spark, events):
    return {name: frame(spark, TABLES[name], rows) for name, rows in events.items()}


# Generated worlds


def by_oracle(name, features: FeatureSet):
    world = WORLDS[name]
    return features_as_of(features, world.events, world.accounts[features.profile.name], world.first_days, AS_OFS)


@pytest.mark.parametrize(("name", "entity"), CHECKED)
@pytest.mark.engine("sail")
def test_windows_and_plain_loops_agree_to_the_last_bit(product_spark, name, entity):
    require_agreement(product_spark, name, entity)


@pytest.mark.engine("spark")
def test_spark_and_plain_loops_agree_to_the_last_bit_on_sellers(product_spark):
    """Of other entities, end_to_end/test_sail.py holds every table of Spark equal to Sail's by digest."""
    require_agreement(product_spark, "whole", "seller")


def require_agreement(product_spark, name, entity):
    features, world = AS_OF_DAY[entity], WORLDS[name]
    past = history(product_spark, features, world.events, world.accounts[features.profile.name], world.first_days)
    expected = by_oracle(name, features)
    for as_ofs in (AS_OFS, AS_OFS[:1]):  # by workers, and by aggregates
        found = rows_of(windows.as_of_features(past, features, as_ofs, hold), features)
        assert_same(found, {key: row for key, row in expected.items() if key[0] in as_ofs})


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    differences = [(str(as_of), who, column, f"found {found[as_of, who][column]!r}, expected {value!r}")
                   for (as_of, who), row in expected.items() for column, value in row.items()
                   if found[as_of, who][column] != value or type(found[as_of, who][column]) is not type(value)]
    assert differences[:5] == []


@pytest.mark.parametrize("entity", AS_OF_DAY)
def test_every_column_in_use_was_generated_with_something_in_it_and_with_nothing(entity):
    # Without this, the agreement above could be one of zeros.
    features = AS_OF_DAY[entity]
    rows = [row for name, of in CHECKED if of == entity for row in by_oracle(name, features).values()]
    for column in features.base_columns:
        assert {bool(row[column]) for row in rows} == {True, False}, column
    in_use = {d.aggregation for d in features.of_type(Feature)}
    assert in_use == {"count", "sum", "min", "max", "distinct", "first", "last"}


def test_both_edges_of_every_window_were_generated():
    ages = {(as_of - row["ds"]).days for rows in WORLDS["whole"].events.values() for row in rows for as_of in AS_OFS}
    assert ages >= set(EDGES)


def test_late_rows_guests_and_repeated_content_were_generated():
    orders = WORLDS["whole"].events["orders"]
    content = [tuple(value for name, value in row.items() if name not in ("order_id", "ds")) for row in orders]
    assert any(row["ordered_at"].date() < row["ds"] for row in orders)
    assert any(row["user_id"] is None for row in orders)
    assert len(set(content)) < len(content)


def test_a_condition_unknown_to_the_oracle_is_an_error_with_its_fix():
    large = Feature("large_order_count", ORDERS, "count()", where="quantity > 3", meaning="")
    strange = from_subjects("seller", SELLERS, [[large]], slice_columns=())
    with pytest.raises(KeyError, match="Add to CONDITIONS"):
        features_as_of(strange, {"orders": [order(TODAY)]}, None, {"orders": LONG_AGO}, [TODAY])
