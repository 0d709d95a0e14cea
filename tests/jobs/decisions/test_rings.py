"""Rings among the entities of a review queue."""

import pytest

from jobs.decisions import rings
from jobs.decisions.open_money import attach
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at


def user(number, arrived=TODAY, **identifiers):
    return {"user_id": f"u{number}", "registered_at": at(arrived), "ds": arrived} | identifiers


def order(number, user_number, arrived=TODAY, **identifiers):
    return {"order_id": f"o{number}", "ordered_at": at(arrived), "user_id": f"u{user_number}", "seller_id": "s1",
            "quantity": 1, "amount_cents": 1, "ds": arrived} | identifiers


@pytest.fixture
def ring_of(tmp_path):
    """Return a function that lands rows and gives the ring of each queued entity."""
    def of(entity, *queued, **tables):
        for name, rows in tables.items():
            land(tmp_path, name, rows)
        with connect() as db:
            attach(db, Lake(str(tmp_path)), TODAY)
            return rings.rings(db, entity, queued, TODAY)
    return of


def test_users_of_one_card_are_a_ring_named_by_its_smallest_member(ring_of):
    orders = [order(1, 3, payment_id="m1"), order(2, 2, payment_id="m1"), order(3, 4, payment_id="m2")]
    assert ring_of("user", "u2", "u3", "u4", orders=orders) == {"u2": "u2", "u3": "u2"}


def test_a_chain_over_different_identifiers_is_one_ring(ring_of):
    users = [user(1, phone_id="t1"), user(2, phone_id="t1", device_id="d1"), user(3, device_id="d1")]
    assert set(ring_of("user", "u1", "u2", "u3", users=users).values()) == {"u1"}


def test_a_value_of_another_kind_of_identifier_links_nothing(ring_of):
    assert ring_of("user", "u1", "u2", users=[user(1, phone_id="x"), user(2, device_id="x")]) == {}


def test_an_entity_that_nobody_reviews_links_nothing(ring_of):
    users = [user(1, phone_id="t1"), user(2, phone_id="t1", device_id="d1"), user(3, device_id="d1")]
    assert ring_of("user", "u1", "u3", users=users) == {}


def test_an_identifier_of_an_order_counts_for_ninety_days(ring_of):
    orders = [order(number, number, ago(days), payment_id="m1") for number, days in ((1, 0), (2, 90), (3, 89))]
    assert ring_of("user", "u1", "u2", "u3", orders=orders) == {"u1": "u1", "u3": "u1"}


def test_an_identifier_of_too_many_entities_is_no_ring(ring_of):
    many = rings.MAX_MEMBERS + 1
    users = [user(number, ip="office") for number in range(many)]
    assert ring_of("user", *[f"u{number}" for number in range(many)], users=users) == {}
    assert len(ring_of("user", *[f"u{number}" for number in range(many - 1)])) == many - 1


def test_sellers_of_one_payout_account_are_a_ring(ring_of):
    sellers = [{"seller_id": f"s{number}", "registered_at": at(TODAY), "payout_id": "b1", "ds": TODAY}
               for number in (1, 2)]
    assert ring_of("seller", "s1", "s2", sellers=sellers) == {"s1": "s1", "s2": "s1"}


@pytest.mark.parametrize("entity", ["order", "creator"])
def test_entities_without_identifiers_have_no_rings(ring_of, entity):
    assert ring_of(entity, "a", "b") == {}
