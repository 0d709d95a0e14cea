"""Rows of cases: as of a day whatever lands later, in any order of rows, with histories that plain loops confirm."""

import random

import numpy as np
import pyarrow as pa
import pytest

from features.case.definitions import NAMES
from jobs.after_sales.case_rows import FACTS, feature_matrix
from tests.support.builders import at
from tests.support.case_oracle import Oracle
from tests.support.case_tables import (
    asked_of,
    case,
    day,
    drawn_tables,
    features,
    order,
    outcome,
    parcel,
    row_of,
    rows_of,
    shuffled,
)

SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_histories_are_those_of_plain_loops(seed):
    tables, own = drawn_tables(seed), random.Random(seed)
    for row in rows_of(tables, own.sample(asked_of(tables, seed), 120)):
        oracle = Oracle(tables, row["as_of"])
        expected = dict(oracle.features(oracle.cases[row["case_id"]]))
        assert {name: row[name] for name in expected} == expected, (row["case_id"], row["as_of"])


def test_the_usual_weight_is_that_of_the_product_s_other_parcels():
    tables, known = drawn_tables(7), 0
    for row in rows_of(tables, asked_of(tables, 7)):
        oracle = Oracle(tables, row["as_of"])
        mine = [each for each in oracle.parcels if each["order_id"] == row["order_id"]]
        own = max(mine, key=lambda each: (each["shipped_at"], each["ds"]))["weight_grams"] if mine else None
        usual = oracle.usual_grams(oracle.cases[row["case_id"]])
        expected = own / usual if own is not None and usual else None
        assert row["weight_ratio"] == (expected and pytest.approx(expected, rel=1e-6))
        known += expected is not None
    assert known > 50


@pytest.mark.parametrize("seed", SEEDS)
def test_what_arrives_after_a_day_changes_no_row_of_it(seed):
    tables = drawn_tables(seed)
    asked = asked_of(tables, seed)
    for number in (-90, 0):
        of_day = sorted({(name, number) for name, as_of in asked if as_of <= number})
        known = rows_of(tables, of_day, until=day(number))
        complete = rows_of(tables, sorted({*of_day, *asked}))
        assert len(known) > 50
        assert known == [row for row in complete if row["as_of"] == day(number)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_changes_no_bit(seed):
    tables = drawn_tables(seed)
    asked = asked_of(tables, seed)
    assert rows_of(shuffled(tables, seed), asked[::-1]) == rows_of(tables, asked)


def test_usual_weights_have_the_same_bits_whatever_else_there_is():
    """Sums of doubles over a window depend on what is beside it."""
    draw = random.Random(3)
    tables = {"orders": [], "shipments": [], "cases": [case("k1", 0, order_id="o0/0")]}
    for product in range(30):
        for number in range(-120, 60):
            name = f"o{product}/{number}"
            tables["orders"].append(order(name, number, product_id=f"p{product}"))
            tables["shipments"].append(parcel(f"t{name}", number, name, weight_grams=draw.randint(1, 5_000)))
    alone = {**tables, "orders": [row for row in tables["orders"] if row["product_id"] == "p0" and row["ds"] <= day(0)]}
    expected = row_of(alone, "k1", 0)["weight_ratio"]
    assert expected is not None and row_of(tables, "k1", 0)["weight_ratio"] == expected


def test_a_row_has_the_facts_of_the_first_delivery_of_its_case():
    tables = {"cases": [case("k1", -20, claim_cents=500), case("k1", -5, claim_cents=900)]}
    assert [(row["case_id"], row["as_of"], row["claim_cents"]) for row in rows_of(
        tables, [("k1", 0), ("k1", -10), ("k1", -21), ("gone", 0)])] == [("k1", day(-10), 500), ("k1", day(0), 500)]


def test_a_case_that_is_asked_twice_as_of_a_day_is_refused():
    tables = {"cases": [case("k1", -20), case("k2", -20)]}
    asked = [("k1", -5), ("k2", 0), ("k1", 0), ("k2", -5), ("k2", 0), ("k2", -5), ("k2", -5)]
    with pytest.raises(ValueError, match=f"2 cases are asked more than once as of a day; the first one is k2 as of "
                                         f"{day(-5)}, 3 times"):
        rows_of(tables, asked)
    assert len(rows_of(tables, asked[:4])) == 4


def test_a_case_without_order_parcel_listing_and_words_has_a_row():
    row = row_of({"cases": [case("k1", 0, user_id=None, seller_id=None, reason=None, claim_cents=None)]}, "k1", 0)
    assert {name: row[name] for name in ("has_parcel", "messages", "has_photo", "has_document")} == dict.fromkeys(
        ("has_parcel", "messages", "has_photo", "has_document"), 0)
    unknown = ("order_cents", "weight_ratio", "buyer_cases", "seller_cases", "product_cases", "carrier_cases",
               "same_reason_cases", "photo_copies", "seller_admits", "is_delivered", "text_length")
    assert all(row[name] is None for name in unknown) and row["conversation"] is None


def test_a_seller_that_only_the_order_names_is_that_of_the_case_once_the_order_arrived():
    tables = {"cases": [case("k1", -10, seller_id=None, order_id="o1"), case("k2", -30, seller_id="s7")],
              "orders": [order("o1", -4, seller_id="s7")]}
    before, after = rows_of(tables, [("k1", -5), ("k1", -4)])
    assert (before["seller_id"], before["seller_cases"]) == (None, None)
    assert (after["seller_id"], after["seller_cases"]) == ("s7", 1)


def test_an_order_or_parcel_that_arrives_after_its_case_adds_it_to_histories_from_then_on():
    tables = {"cases": [case("k1", -20, order_id="o1"), case("k2", -10, order_id="o2")],
              "orders": [order("o1", -5), order("o2", -12)],
              "shipments": [parcel("t1", -3, "o1"), parcel("t2", -11, "o2")]}
    rows = rows_of(tables, [("k2", number) for number in (-6, -5, -4, -3)])
    assert [row["product_cases"] for row in rows] == [0, 1, 1, 1]
    assert [row["carrier_cases"] for row in rows] == [0, 0, 0, 1]


def test_a_reversal_moves_a_settled_case_to_the_other_party_while_it_counts():
    tables = {"cases": [case("k1", -200), case("k2", -1)],
              "case_outcomes": [outcome("k1", -190, "seller"), outcome("k1", -100, "buyer"),
                                outcome("k1", -2, "carrier")]}
    rows = rows_of(tables, [("k2", number) for number in (-1, 0)] + [("k1", -150)])
    assert rows[0]["seller_seller_share"] is None  # its own outcome does not count
    # The outcome arrived 189 days before: a reversal within the 180 days alone must not make a share of it.
    assert [(row["seller_closed"], row["seller_carrier_share"], row["seller_buyer_share"]) for row in rows[1:]] == [
        (0, None, None)] * 2
    again = {**tables, "case_outcomes": [outcome("k1", -100, "seller"), outcome("k1", -2, "carrier")]}
    row = row_of(again, "k2", 0)
    assert (row["seller_closed"], row["seller_carrier_share"], row["seller_seller_share"]) == (1, 1, 0)


def test_a_history_has_180_days_of_arrival():
    tables = {"cases": [case("old", -180), case("k1", -1)]}
    assert [row["seller_cases"] for row in rows_of(tables, [("k1", -1), ("k1", 0)])] == [1, 0]


def test_a_parcel_that_was_sent_again_takes_the_place_of_the_first():
    tables = {"cases": [case("k1", -5, order_id="o1")], "orders": [order("o1", -20)],
              "shipments": [parcel("t1", -15, "o1", handover="locker"),
                            parcel("t2", -1, "o1", handover="door", delivered_at=None)]}
    before, after = rows_of(tables, [("k1", -2), ("k1", -1)])
    assert (before["handed_over_at_locker"], before["is_delivered"], before["days_without_scan"]) == (1, 1, None)
    assert (after["handed_over_at_locker"], after["handed_over_at_door"], after["is_delivered"]) == (0, 1, 0)


def test_the_promised_time_counts_up_to_the_case_where_no_parcel_is_known():
    tables = {"cases": [case("k1", 0, order_id="o1")], "orders": [order("o1", -9, ship_by=at(day(-2)))]}
    assert row_of(tables, "k1", 0)["hours_past_promise"] == 48
    sent = {**tables, "shipments": [parcel("t1", 0, "o1", shipped_at=at(day(-3)))]}
    assert row_of(sent, "k1", 0)["hours_past_promise"] == -24


def test_a_listing_is_the_version_that_the_buyer_saw():
    def version(name, changed, text, arrived=None):
        return {"listing_version_id": name, "changed_at": at(day(changed)), "product_id": "p1", "seller_id": "s1",
                "description": text, "price_cents": 1_000, "ds": day(changed if arrived is None else arrived)}
    tables = {"cases": [case("k1", 0, order_id="o1")], "orders": [order("o1", -9)], "listings": [
        version("l1", -30, "The best cup!"), version("l2", -20, "cup"), version("l3", -8, "after the order"),
        version("l4", -10, None, arrived=1), version("l2", -20, "cup", arrived=-3)]}
    now, later = rows_of(tables, [("k1", 0), ("k1", 1)])
    assert (now["listing_length"], now["bold_words"], now["listing_versions"]) == (3, 0, 2)
    assert (later["listing_length"], later["bold_words"], later["listing_versions"]) == (None, None, 3)


def test_words_are_those_that_had_arrived_once_each():
    def message(name, arrived, role, text, minute=0):
        return {"message_id": name, "sent_at": at(day(0), 9, minute), "case_id": "k1", "role": role, "text": text,
                "ds": day(arrived)}
    tables = {"cases": [case("k1", 0, text="It is broken")], "messages": [
        message("m2", 0, "seller", "OUR MISTAKE", minute=2), message("m1", 0, "buyer", "Hello", minute=1),
        message("m3", 2, "agent", "The driver left it", minute=3), message("m1", 9, "buyer", "Hello", minute=1)]}
    first, last = rows_of(tables, [("k1", 0), ("k1", 9)])
    assert first["conversation"] == "buyer: Hello\nseller: OUR MISTAKE"
    assert (first["messages"], first["seller_admits"], first["carrier_admits"]) == (2, 1, 0)
    assert (last["messages"], last["messages_of_buyer"], last["carrier_admits"]) == (3, 1, 1)


def test_copies_of_the_photo_are_those_of_the_case():
    copies = [{"case_id": "k1", "image_copies": 2, "image_distance": 1, "image_first_case_id": "k0",
               "image_first_same_buyer": True, "image_copies_incomplete": False}]
    tables = {"cases": [case(name, 0, image_hash=image) for name, image in (("k1", "0" * 16), ("k2", "f" * 16),
                                                                            ("k3", None))]}
    rows = rows_of(tables, [(name, 0) for name in ("k1", "k2", "k3")], copies=copies)
    assert [(row["photo_copies"], row["photo_distance"], row["photo_of_same_buyer"]) for row in rows] == [
        (2, 1, 1), (0, None, None), (None, None, None)]


def test_the_matrix_has_the_features_in_their_order_and_nan_for_null():
    row = row_of({"cases": [case("k1", 0)]}, "k1", 0)
    assert list(row) == [*FACTS, "conversation", *NAMES]
    matrix = feature_matrix(pa.Table.from_pylist([row], pa.schema([(name, pa.float64()) for name in NAMES])))
    expected = np.array([[np.nan if value is None else value for value in features(row).values()]])
    assert np.array_equal(matrix, expected, equal_nan=True) and np.isnan(matrix).any()


def test_times_are_in_utc():
    tables = {"cases": [case("k1", 0, opened_at=at(day(0), 5, 59)), case("k2", 0, opened_at=at(day(0), 6))]}
    assert [row["opened_at_night"] for row in rows_of(tables, [("k1", 0), ("k2", 0)])] == [1, 0]
