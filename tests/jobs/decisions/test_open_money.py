"""Money still at risk, on both clocks."""

import datetime as dt

import pytest

from features.inputs.tables import TABLES
from jobs.decisions import open_money
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at


def order(number=1, arrived=TODAY, amount=100, **columns):
    return {"order_id": f"o{number}", "ordered_at": at(arrived), "seller_id": "s1", "user_id": "u1", "quantity": 1,
            "amount_cents": amount, "ds": arrived} | columns


def case(number=1, arrived=TODAY, claim=100, kind="refund"):
    return {"case_id": f"c{number}", "opened_at": at(arrived), "user_id": "u1", "seller_id": "s1", "kind": kind,
            "claim_cents": claim, "ds": arrived}


def outcome(number=1, arrived=TODAY):
    return {"case_id": f"c{number}", "closed_at": at(arrived), "responsible": "seller", "ds": arrived}


def grant(number=1, arrived=TODAY, amount=100, order_id=None):
    return {"grant_id": f"g{number}", "granted_at": at(arrived), "user_id": "u1", "kind": "coupon",
            "amount_cents": amount, "order_id": order_id, "ds": arrived}


@pytest.fixture
def money(tmp_path):
    """Return a function that lands rows and gives the open money of an entity as of a day."""
    def of(entity: str, entity_id: str, as_of: dt.date = TODAY, until: dt.date = TODAY, **tables: list[dict]) -> int:
        for name, rows in tables.items():
            land(tmp_path, name, rows)
        lake = Lake(str(tmp_path))
        with connect() as db:
            open_money.attach(db, lake, until)
            db.execute(f"CREATE TABLE asked AS SELECT '{entity_id}' AS entity_id, DATE '{as_of}' AS as_of")
            (row,) = open_money.open_money(db, entity, "asked").fetchall()
        return row[2]
    return of


def test_a_seller_has_the_orders_of_fourteen_days_open(money):
    assert money("seller", "s1", orders=[order(1, ago(13)), order(2, ago(14), 7_000)]) == 100


def test_a_buyer_has_the_orders_of_three_days_open(money):
    assert money("user", "u1", orders=[order(1, ago(2)), order(2, ago(3), 7_000)]) == 100


def test_an_order_has_its_own_amount_open(money):
    assert money("order", "o1", orders=[order(1), order(2, amount=7_000)]) == 100


def test_a_creator_has_the_orders_that_it_led_open(money):
    assert money("creator", "k1", orders=[order(1, creator_id="k1"), order(2, amount=7_000)]) == 100


def test_a_claim_is_open_until_its_outcome_arrives(money):
    cases = [case(1, ago(20), 100), case(2, ago(20), 30), case(3, ago(20), 5)]
    outcomes = [outcome(2, TODAY), outcome(3, ago(1))]
    assert money("user", "u1", cases=cases, case_outcomes=outcomes) == 100
    assert money("user", "u1", as_of=ago(1)) == 100 + 30
    assert money("user", "u1", as_of=ago(2)) == 100 + 30 + 5


def test_a_cancellation_claims_no_money(money):
    assert money("user", "u1", cases=[case(kind="cancellation")]) == 0


def test_a_claim_is_forgotten_after_sixty_days(money):
    assert money("user", "u1", cases=[case(1, ago(59)), case(2, ago(60), 7_000)]) == 100


def test_a_used_grant_is_not_open(money):
    assert money("user", "u1", incentives=[grant(1), grant(2, amount=7_000, order_id="o9")]) == 100


def test_money_counts_from_its_arrival(money):
    late = order(2, TODAY, 7_000) | {"ordered_at": at(ago(5))}
    assert money("seller", "s1", as_of=ago(1), orders=[order(1, ago(5)), late]) == 100
    assert money("seller", "s1") == 7_100


def test_a_day_that_has_not_come_changes_nothing(money):
    orders = [order(1, ago(1)), order(2, TODAY, 7_000)]
    assert money("seller", "s1", as_of=ago(1), until=ago(1), orders=orders) == 100


def test_an_entity_without_money_has_none_open(money):
    assert money("seller", "s2", orders=[order()]) == 0
    assert money("user", "u1", until=ago(9), as_of=ago(9)) == 0


def test_every_event_table_is_attached_where_the_lake_has_none(tmp_path):
    with connect() as db:
        open_money.attach(db, Lake(str(tmp_path)), TODAY)
        assert [db.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in TABLES] == [0] * len(TABLES)
