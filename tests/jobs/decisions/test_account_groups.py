"""Groups of accounts: the strongest links first, and a limit of their size."""

import random

import pytest

from jobs.decisions import open_money
from jobs.decisions.account_groups import groups, linked
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at


@pytest.fixture
def grouped(tmp_path):
    """Return a function that lands users and gives their groups."""
    def of(*users: dict, largest: int = 50) -> dict[str, str]:
        if users:
            land(tmp_path, "users", [{"registered_at": at(ago(20)), "ds": ago(20)} | user for user in users])
        with connect() as db:
            open_money.attach(db, Lake(str(tmp_path)), TODAY)
            return groups(db, "user", TODAY, largest)
    return of


def test_accounts_with_a_common_identifier_are_a_group_and_others_are_left_out(grouped):
    assert grouped({"user_id": "u2", "device_id": "d1"}, {"user_id": "u1", "device_id": "d1", "phone_id": "p1"},
                   {"user_id": "u3", "phone_id": "p1"}, {"user_id": "u4", "device_id": "d9"}) == {
        "u1": "u1", "u2": "u1", "u3": "u1"}


def test_the_strongest_links_come_first_and_no_group_is_too_large(grouped):
    users = [{"user_id": "u1", "device_id": "d1", "phone_id": "p1"}, {"user_id": "u2", "device_id": "d1"},
             {"user_id": "u3", "device_id": "d3", "phone_id": "p1", "ip": "i1"},
             {"user_id": "u4", "device_id": "d3", "ip": "i1"}]
    # u3 and u4 have two identifiers in common, u1 and u2 one. A group of three is never made.
    assert grouped(*users, largest=2) == {"u1": "u1", "u2": "u1", "u3": "u3", "u4": "u3"}
    assert set(grouped(largest=4).values()) == {"u1"}


def test_an_identifier_of_many_accounts_links_nobody(grouped):
    assert grouped(*({"user_id": f"u{number:02}", "device_id": "d1"} for number in range(51))) == {}


def test_sellers_and_creators_have_groups_too_and_orders_have_none(tmp_path):
    land(tmp_path, "sellers", [{"seller_id": name, "registered_at": at(TODAY), "payout_id": "b", "ds": TODAY}
                               for name in ("s1", "s2")])
    with connect() as db:
        open_money.attach(db, Lake(str(tmp_path)), TODAY)
        assert groups(db, "seller", TODAY) == {"s1": "s1", "s2": "s1"}
        assert groups(db, "creator", TODAY) == groups(db, "order", TODAY) == {}


@pytest.mark.parametrize("seed", range(20))
def test_groups_keep_their_limit_and_their_smallest_name(seed):
    draw = random.Random(seed)
    links = [tuple(sorted(draw.sample([f"u{number}" for number in range(60)], 2))) for _ in range(120)]
    largest = draw.randint(2, 12)
    found = linked(links, largest)
    members: dict[str, set] = {}
    for name, group in found.items():
        members.setdefault(group, set()).add(name)
    assert all(2 <= len(group) <= largest and min(group) == name for name, group in members.items())
    # A link between two groups stays open only where they would be too large together.
    sizes = {name: len(group) for name, group in members.items()}
    for one, other in links:
        first, second = found.get(one, one), found.get(other, other)
        assert first == second or sizes.get(first, 1) + sizes.get(second, 1) > largest
