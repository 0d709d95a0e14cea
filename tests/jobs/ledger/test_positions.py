"""Positions of the ledger: what each source row means in money as of a day, and what counts once."""

import datetime as dt

import pyarrow as pa
import pytest

from features.risks import RISKS
from jobs.decisions import open_money
from jobs.decisions.policy_files import Queue
from jobs.ledger.accounts import BORNE_BY, PARTIES
from jobs.ledger.positions import positions
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at

DECISIONS = pa.schema([("ds", pa.date32()), *((name, pa.string()) for name in (
    "decision_id", "queue", "risk", "entity", "entity_id", "policy_version")), ("minutes", pa.float64())])
QUEUES = {"shops": Queue("shops", 480, ("seller/brushing",), 60.0, 0.05, 20)}


@pytest.fixture
def books(tmp_path):
    """Return a function that lands rows and gives {(account, source_id): (amount, risk, entity_id, incurred day)}."""
    def of(as_of: dt.date = TODAY, decisions: list[dict] = (), **tables: list[dict]) -> dict:
        for name, rows in tables.items():
            for day in sorted({row["ds"] for row in rows}):
                land(tmp_path, name, [row for row in rows if row["ds"] == day])
        with connect() as db:
            open_money.attach(db, Lake(str(tmp_path)), as_of)
            found = positions(db, pa.Table.from_pylist(list(decisions), DECISIONS), QUEUES).to_pylist()
        assert len({(row["account"], row["source_table"], row["source_id"], row["borne_by"]) for row in found}
                   ) == len(found)
        return {(row["account"], row["source_id"]): (row["amount_cents"], row["risk"], row["entity_id"],
                                                     row["incurred_ds"]) for row in found}
    return of


def verdict(number, loss, entity_id="s1", entity="seller", risk="brushing", first=20, last=11, confirmed=True,
            arrived=5, hour=12):
    return {"verdict_id": f"v{number}", "decided_at": at(ago(arrived), hour), "entity": entity, "entity_id": entity_id,
            "risk": risk, "confirmed": confirmed, "incident_from": ago(first), "incident_to": ago(last),
            "loss_cents": loss, "source": "audit", "ds": ago(arrived)}


def order(number, placed=15, user="u1", seller="s1", cents=1_000):
    return {"order_id": f"o{number}", "ordered_at": at(ago(placed)), "user_id": user, "seller_id": seller,
            "quantity": 1, "amount_cents": cents, "ds": ago(placed)}


def test_a_confirmed_loss_is_booked_when_its_incident_began(books):
    assert books(verdicts=[verdict(1, 700)]) == {("gross_loss", "v1"): (700, "brushing", "s1", ago(20))}


def test_a_loss_counts_from_its_arrival_and_not_after_a_reversal(books):
    rows = [verdict(1, 700), verdict(2, None, confirmed=False, arrived=2)]
    assert books(ago(6), verdicts=rows) == {}
    assert books(ago(3)).keys() == {("gross_loss", "v1")}
    assert books() == {}


def test_the_same_loss_under_two_risks_is_one_loss(books):
    rows = [verdict(1, 700), verdict(2, 900, risk="merchant_fraud", first=12, last=8), verdict(3, 50, first=3, last=2),
            verdict(4, 20, entity_id="s2")]
    assert books(verdicts=rows) == {
        ("gross_loss", "v2"): (900, "merchant_fraud", "s1", ago(12)),
        ("gross_loss", "v3"): (50, "brushing", "s1", ago(3)),
        ("gross_loss", "v4"): (20, "brushing", "s2", ago(20))}


def test_incidents_that_touch_over_a_third_one_are_one_loss(books):
    rows = [verdict(1, 10, first=20, last=15), verdict(2, 30, first=16, last=11), verdict(3, 20, first=11, last=5)]
    assert books(verdicts=rows).keys() == {("gross_loss", "v2")}


def test_the_loss_of_an_order_is_no_loss_of_its_users_incident_too(books):
    rows = [verdict(1, 1_500, "u1", "user", "account_integrity"),
            verdict(2, 1_000, "o1", "order", "payment_fraud", 15, 15),
            verdict(3, 400, "o2", "order", "payment_fraud", 1, 1)]
    found = books(verdicts=rows, orders=[order(1), order(2, placed=1)])
    assert {key[1]: amount for key, (amount, *_) in found.items()} == {"v1": 500, "v2": 1_000, "v3": 400}
    assert sum(amount for amount, *_ in found.values()) == 1_900


def test_what_the_guilty_seller_paid_back_is_a_recovery_of_the_month_of_the_loss(books):
    cases = [{"case_id": f"c{number}", "opened_at": at(ago(9)), "order_id": f"o{number}", "user_id": "u1",
              "seller_id": "s1", "kind": "refund", "ds": ago(9)} for number in (1, 2, 3)]

    def paid(number, cents, responsible="seller", arrived=4):
        return {"case_id": f"c{number}", "closed_at": at(ago(arrived)), "outcome": "refunded", "paid_cents": cents,
                "responsible": responsible, "appealed": False, "ds": ago(arrived)}

    rows = {"verdicts": [verdict(1, 5_000)], "orders": [order(1), order(2), order(3, placed=2)], "cases": cases,
            "case_outcomes": [paid(1, 300), paid(1, 250, arrived=3), paid(2, 100, "platform"), paid(3, 70)]}
    found = books(**rows)
    assert found["recovered", "c1"] == (250, "brushing", "s1", ago(20)) and len(found) == 2


def test_an_upheld_appeal_is_a_compensation_of_the_risk_of_the_action(books):
    def appeal(number, outcome, cents, arrived=3, action="a1"):
        return {"appeal_id": f"p{number}", "filed_at": at(ago(6)), "entity": "seller", "entity_id": "s1",
                "action_id": action, "outcome": outcome, "decided_at": at(ago(arrived)), "compensation_cents": cents,
                "ds": ago(arrived)}

    actions = [{"action_id": "a1", "taken_at": at(ago(8)), "decision_id": "d1", "entity": "seller", "entity_id": "s1",
                "risk": "click_farm", "action": "stop", "executed": True, "ds": ago(8)}]
    found = books(appeals=[appeal(1, "open", None, 5), appeal(1, "upheld", 500), appeal(2, "rejected", 0),
                           appeal(3, "upheld", 40, action="a9")], actions_taken=actions)
    assert found == {("paid_compensation", "p1"): (500, "click_farm", "s1", ago(8)),
                     ("paid_compensation", "p3"): (40, None, "s1", ago(6))}


def test_minutes_of_decisions_that_were_carried_out_have_the_price_of_their_queue(books):
    decisions = [{"ds": ago(3), "decision_id": f"d{number}", "queue": "shops", "risk": "brushing", "entity": "seller",
                  "entity_id": f"s{number}", "policy_version": "p", "minutes": minutes}
                 for number, minutes in ((1, 20.0), (2, 20.0), (3, 0.0), (4, 2.5))]
    actions = [{"action_id": f"a{number}", "taken_at": at(ago(2)), "decision_id": f"d{number}", "entity": "seller",
                "entity_id": f"s{number}", "risk": "brushing", "action": "review", "executed": number != 2,
                "ds": ago(2)}
               for number in (1, 2, 3, 4)]
    assert books(decisions=decisions, actions_taken=actions) == {
        ("review_cost", "d1"): (1_200, "brushing", "s1", ago(3)),
        ("review_cost", "d4"): (150, "brushing", "s4", ago(3))}
    assert books(ago(3), decisions) == {}


def test_every_risk_has_somebody_who_bears_it():
    assert BORNE_BY.keys() == {risk.name for risk in RISKS} and set(BORNE_BY.values()) <= set(PARTIES)
