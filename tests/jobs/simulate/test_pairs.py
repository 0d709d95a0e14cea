"""The demo marketplace with and without actions: its truth says every difference, and nothing else differs."""

import csv
import json
from collections import Counter, defaultdict
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from jobs.simulate import __main__ as simulate
from jobs.simulate import pairs
from jobs.simulate.differences import COMMISSION, SUMS
from jobs.simulate.landing import FORMATS
from tests.support import demo_markets
from tests.support.demo_markets import ACTED, DAYS, UNTIL

pytestmark = pytest.mark.slow

WITHOUT = pairs.WITHOUT
ON_TIME = UNTIL - timedelta(days=6)  # what happened by this day has arrived by the last day


def files(home):
    return {path.relative_to(home): path.read_bytes() for path in (home / "landing").rglob("*.*")}


def rows(home, table):
    """Every landed row of a table once, however often it arrived."""
    found = {}
    for path in sorted((home / "landing" / table).rglob("part-0.*")):
        if path.suffix == ".parquet":
            day = pq.ParquetFile(path).read().to_pylist()
        elif path.suffix == ".csv":
            day = list(csv.DictReader(path.open(newline="", encoding="utf-8")))
        else:
            day = [json.loads(line) for line in path.read_text().splitlines()]
        for row in day:
            found.setdefault(next(iter(row.values())), row)
    return found


def truth(home, name):
    return pq.read_table(home / "truth" / f"{name}.parquet").to_pylist()


@pytest.fixture(scope="module")
def orders(world_pair):
    """Landed orders without and with the actions."""
    return rows(world_pair / WITHOUT, "orders"), rows(world_pair, "orders")


def events(home, event, only_with_actions):
    return {row["event_id"]: row for row in truth(home, "differences")
            if row["event"] == event and row["only_with_actions"] == only_with_actions}


def test_each_of_the_pair_is_what_a_simulation_alone_lands(world_pair, tmp_path):
    assert files(world_pair / WITHOUT) == files(world_pair / "plain")
    simulate.main(demo_markets.arguments(tmp_path, "--actions", str(world_pair / "actions.csv")))
    assert files(tmp_path) == files(world_pair)
    for name in ("incidents", "effects", "prevented", "differences"):
        assert truth(tmp_path, name) == truth(world_pair, name)


def test_days_up_to_the_first_action_are_the_same_to_the_byte(world_pair):
    without, acted = files(world_pair / WITHOUT), files(world_pair)
    before = [path for path in without if path.parent.name <= f"ds={ACTED}"]
    assert len(before) == len(FORMATS) * (DAYS - (UNTIL - ACTED).days)
    assert all(without[path] == acted[path] for path in before)
    assert any(without[path] != acted[path] for path in without)


def test_the_orders_that_differ_are_those_of_the_truth(world_pair, orders):
    without, acted = orders
    gone, added = events(world_pair, "order", False), events(world_pair, "order", True)
    assert len(gone) > 200 and len(added) > 20
    assert set(without) - set(acted) <= set(gone) and set(acted) - set(without) <= set(added)
    late = {*gone, *added} - (set(without) ^ set(acted))
    assert all({**gone, **added}[order]["day"] > ON_TIME for order in late)
    assert all(without[order] == acted[order] for order in set(without) & set(acted))


def test_amounts_that_differ_by_day_are_those_of_the_truth_to_the_cent(world_pair, orders):
    without, acted = orders
    landed, told = Counter(), Counter()
    for row in (*events(world_pair, "order", False).values(), *events(world_pair, "order", True).values()):
        amount = {**without, **acted}.get(row["event_id"], {}).get("amount_cents", "")
        if amount.isdigit():  # not late, and not broken by the delivery
            assert row["amount_cents"] == int(amount)
            told[row["day"]] += (-1 if row["only_with_actions"] else 1) * row["amount_cents"]
    for sign, only in ((1, set(without) - set(acted)), (-1, set(acted) - set(without))):
        for order in only:
            row = (without if sign == 1 else acted)[order]
            if row["amount_cents"].isdigit():
                landed[_day(order)] += sign * int(row["amount_cents"])
    assert landed == told and sum(landed.values()) > 1_000_000


def _day(order):
    return demo_markets.FIRST + timedelta(days=int(order[1:]) // 2**20)


def test_a_held_order_that_is_stopped_is_cancelled_and_sent_to_nobody(world_pair):
    held = events(world_pair, "held_order", False)
    cases = [row for row in rows(world_pair, "cases").values() if row["order_id"] in held
             and row["kind"] == "cancellation" and row["reason"] == "unauthorised"]
    assert len(held) > 20 and {row["order_id"] for row in cases} >= {
        order for order, row in held.items() if row["day"] <= ON_TIME}
    sent = {row["order_id"] for row in rows(world_pair, "shipments").values()}
    assert not sent & set(held)
    assert set(held) & {row["order_id"] for row in rows(world_pair / WITHOUT, "shipments").values()}
    for case in cases:
        assert int(case["claim_cents"]) == held[case["order_id"]]["amount_cents"]


def test_losses_that_differ_are_those_of_the_truth_to_the_cent(world_pair):
    before, after = (truth(home, "incidents") for home in (world_pair / WITHOUT, world_pair))
    fallen = sum(row["loss_cents"] for row in before) - sum(row["loss_cents"] for row in after)
    prevented = truth(world_pair, "prevented")
    told = sum(row["loss_prevented_cents"] - row["returned_loss_cents"] for row in prevented)
    assert fallen == told > 100_000
    assert sum(row["returned_loss_cents"] for row in prevented) > 0


def test_losses_of_stolen_cards_differ_by_the_orders_that_were_held(world_pair):
    before, after = ({row["entity_id"]: row["loss_cents"] for row in truth(home, "incidents")
                      if row["risk"] == "payment_fraud"} for home in (world_pair / WITHOUT, world_pair))
    stopped = {order: row["loss_prevented_cents"] for order, row in events(world_pair, "held_order", False).items()
               if row["risk"] == "payment_fraud"}
    assert len(stopped) > 10
    assert {order: before[order] - after[order] for order in before if before[order] != after[order]} == stopped


def test_a_row_of_prevented_is_the_sum_of_its_events(world_pair):
    told = defaultdict(Counter)
    for row in truth(world_pair, "differences"):
        told[row["day"], row["entity"], row["entity_id"], row["risk"]].update({name: row[name] for name in SUMS})
    prevented = {(row["day"], row["entity"], row["entity_id"], row["risk"]): {name: row[name] for name in SUMS}
                 for row in truth(world_pair, "prevented")}
    assert prevented == {key: dict(sums) for key, sums in told.items()}
    for row in truth(world_pair, "prevented"):
        assert row["was_attacker"] == (row["risk"] is not None)
        assert (row["was_attacker"] or row["trade_lost_cents"] >= 0) and row["returned_loss_cents"] >= 0


def test_honest_trade_is_a_part_of_the_amounts_and_the_commission_a_part_of_it(world_pair):
    for row in truth(world_pair, "differences"):
        trade = -row["trade_lost_cents"] if row["only_with_actions"] else row["trade_lost_cents"]
        assert trade in (0, row["amount_cents"])
        assert abs(row["commission_lost_cents"]) == int(trade * COMMISSION)


def test_every_difference_has_a_cause_that_was_acted_on_before(world_pair):
    acted = {}
    for row in csv.DictReader((world_pair / "actions.csv").open()):
        if row["action"] != "sample":
            acted.setdefault((row["entity"], row["entity_id"]), date.fromisoformat(row["ds"]))
    for row in truth(world_pair, "differences"):
        assert acted[row["entity"], row["entity_id"]] < row["day"]


@pytest.mark.parametrize("table", [table for table in FORMATS if table not in ("orders", "verdicts")])
def test_no_event_differs_by_chance(world_pair, table):
    """An event that differs names somebody or an order that differs: here, that no other event is drawn anew."""
    without, acted = rows(world_pair / WITHOUT, table), rows(world_pair, table)
    both = set(without) & set(acted)
    assert all(without[key] == acted[key] for key in both)
    gone = {row["event_id"] for row in truth(world_pair, "differences")}
    returned = {row["returned_as"] for home in (world_pair, world_pair / WITHOUT) for row in truth(home, "effects")}
    more = {key: row for key, row in acted.items() if key not in without}
    if table in ("clicks", "logins", "accesses", "users", "sellers", "creators"):
        assert all(returned & set(map(str, row.values())) for row in more.values())
    if table in ("shipments", "reviews", "incentives", "cases"):
        assert all((returned | gone) & set(map(str, row.values())) for row in more.values())


def test_verdicts_without_actions_come_on_the_same_day_or_earlier(world_pair):
    days = []
    for home in (world_pair / WITHOUT, world_pair):
        planted = {(row["entity_id"], row["risk"]) for row in truth(home, "incidents") if row["found"]}
        confirmed = [row for row in rows(home, "verdicts").values()
                     if row["confirmed"] and row["loss_cents"] is not None
                     and (row["entity_id"], row["risk"]) in planted and row["entity"] in ("seller", "user", "creator")]
        days.append({(row["entity_id"], row["risk"]): row["decided_at"][:10] for row in confirmed})
    without, acted = days
    returned = {row["returned_as"] for row in truth(world_pair / WITHOUT, "effects")}
    assert all(acted[key] <= day for key, day in without.items() if key[0] not in returned and key in acted)
    missing = {key for key in set(without) - set(acted) if key[0] not in returned}
    assert len(missing) <= 0.02 * len(without) + 1  # late ones
    assert set(acted) - set(without)


def test_a_pair_without_a_table_of_actions_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit):
        pairs.main(demo_markets.arguments(tmp_path))
    assert "--actions" in capsys.readouterr().err


def numbers_of_returned(home):
    return {row["returned_as"] for row in truth(home, "effects")} - {None}


def test_incidents_that_nobody_acted_on_are_found_as_without_actions(world_pair):
    acted = {row["entity_id"] for row in csv.DictReader((world_pair / "actions.csv").open())}
    found = [{row["entity_id"]: (row["found"], row["incident_from"], row["incident_to"])
              for row in truth(home, "incidents") if row["risk"] != "payment_fraud"}
             for home in (world_pair / WITHOUT, world_pair)]
    untouched = set(found[0]) & set(found[1]) - acted - numbers_of_returned(world_pair)
    assert len(untouched) > 60
    assert {who: found[0][who] for who in untouched} == {who: found[1][who] for who in untouched}


@pytest.mark.parametrize(("table", "who"), [
    ("users", ["user_id"]), ("sellers", ["seller_id"]), ("creators", ["creator_id"]), ("logins", ["user_id"]),
    ("orders", ["user_id", "seller_id", "creator_id"]), ("accesses", ["seller_id"])])
def test_who_returns_only_without_actions_does_nothing_with_them(world_pair, table, who):
    absent = numbers_of_returned(world_pair / WITHOUT) - numbers_of_returned(world_pair)
    assert len(absent) >= 5
    assert not [row for row in rows(world_pair, table).values() if absent & {row[column] for column in who}]


@pytest.fixture(scope="module")
def second_stop(world_pair, tmp_path_factory):
    """The same actions, and stops of attackers who returned because of them; the folder and who was stopped when."""
    home = tmp_path_factory.mktemp("second-stop")
    new = numbers_of_returned(world_pair) - numbers_of_returned(world_pair / WITHOUT)
    stops = {row["entity_id"]: row for row in truth(world_pair, "incidents")
             if row["entity_id"] in new and row["incident_from"] < UNTIL - timedelta(days=10)}
    lines = (world_pair / "actions.csv").read_text()
    lines += "".join(f"{row['incident_from']},{row['entity']},{who},stop,{row['risk']},,second-{who}\r\n"
                     for who, row in stops.items())
    (home / "actions.csv").write_text(lines)
    pairs.main(demo_markets.arguments(home, "--actions", str(home / "actions.csv")))
    return home, stops


def test_who_returned_can_be_stopped_again(world_pair, second_stop):
    home, stops = second_stop
    once, twice = ({row["entity_id"]: row["loss_cents"] for row in truth(each, "incidents")}
                   for each in (world_pair, home))
    assert len(stops) >= 5
    assert sum(twice.get(who, 0) for who in stops) < 0.6 * sum(once[who] for who in stops)
    fallen = sum(row["loss_cents"] for row in truth(home / WITHOUT, "incidents")) - sum(twice.values())
    told = sum(row["loss_prevented_cents"] - row["returned_loss_cents"] for row in truth(home, "prevented"))
    assert fallen == told > 0


def test_later_actions_leave_the_days_before_them_as_they_were(world_pair, second_stop):
    home, stops = second_stop
    first = min(row["incident_from"] for row in stops.values())
    once, twice = files(world_pair), files(home)
    before = [path for path in once if path.parent.name <= f"ds={first}"]
    assert len(before) > len(FORMATS) * 30 and all(once[path] == twice[path] for path in before)


def test_a_shop_that_returns_only_without_actions_sells_nothing_with_them(tmp_path):
    # Honest buyers order there too, and their orders belong to no incident.
    only = ("--only", "merchant_fraud", "--seed", "8")
    simulate.main(demo_markets.arguments(tmp_path / "plain", *only))
    (tmp_path / "stops.csv").write_text("ds,entity,entity_id,action\n" + "".join(
        f"{row['incident_from']},seller,{row['entity_id']},stop\n" for row in truth(tmp_path / "plain", "incidents")))
    pairs.main(demo_markets.arguments(tmp_path, *only, "--actions", str(tmp_path / "stops.csv"), "--never", "0"))
    absent = numbers_of_returned(tmp_path / WITHOUT) - numbers_of_returned(tmp_path)
    sold = [[row for row in rows(home, "orders").values() if row["seller_id"] in absent]
            for home in (tmp_path / WITHOUT, tmp_path)]
    assert absent and len(sold[0]) > 10 and not sold[1]
