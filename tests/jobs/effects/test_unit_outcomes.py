"""Outcomes of units: which events count on both clocks, each metric, and when figures are final."""

import datetime as dt

import pyarrow as pa
import pytest

from features.inputs.tables import TABLES
from jobs.decisions import open_money
from jobs.decisions.experiment_metrics import ARRIVES, METRICS
from jobs.decisions.policy_files import read_policies
from jobs.effects.unit_outcomes import outcomes
from jobs.storage.catalog import EXPERIMENT_UNITS
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, at
from tests.support.policy_folders import EXPERIMENT, changed, policy_folder

FIRST = TODAY  # the day of the first eligibility; the window has 14 days
LATER = TODAY + dt.timedelta(days=400)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


@pytest.fixture
def counted(tmp_path):
    """Return a function that lands rows and gives {unit: (value, before, mature)} of a metric."""
    def of(metric: str, as_of: dt.date = LATER, entity: str = "user", members=("u1", "u2"), **rows) -> dict:
        for table, landed in rows.items():
            key = TABLES[table].key
            by_day: dict[dt.date, list] = {}
            for number, row in enumerate(landed):
                by_day.setdefault(row["ds"], []).append({key: f"{table}{number}"} | row)
            for landed_on in sorted(by_day):
                land(tmp_path / "lake", table, by_day[landed_on])
        text = changed(EXPERIMENT, 'entity = "seller"\nrisks = ["brushing"]', {
            "user": 'entity = "user"\nrisks = ["refund_abuse"]',
            "seller": 'entity = "seller"\nrisks = ["brushing"]',
            "creator": 'entity = "creator"\nrisks = ["traffic_fraud"]'}[entity])
        (experiment,) = read_policies(policy_folder(tmp_path / "policies", {"experiments/one.toml": text})).experiments
        units = pa.Table.from_pylist([
            {"unit": name, "entity": entity, "experiment": "one", "members": list(of_unit), "arm": "holdout",
             "propensity": 0.1, "stratum": 0, "first_ds": FIRST, "ds": FIRST, "covariates": []}
            for name, of_unit in (("g1", members), ("g2", ("u9",)))], arrow_schema(EXPERIMENT_UNITS))
        with connect() as db:
            open_money.attach(db, Lake(str(tmp_path / "lake")), as_of)
            found = outcomes(db, experiment, units, metric, as_of).to_pylist()
        of.denominators = {row["unit"]: row["denominator"] for row in found}
        of.guilty = {row["unit"]: row["guilty"] for row in found}
        return {row["unit"]: (row["value"], row["before"], row["mature"]) for row in found}
    return of


def order(number: int, cents: int, arrived: int | None = None, user="u1", **more) -> dict:
    return {"ordered_at": at(day(number)), "user_id": user, "seller_id": "s1", "quantity": 1, "amount_cents": cents,
            "ds": day(number if arrived is None else arrived)} | more


def test_events_count_by_their_day_within_the_window_and_as_many_days_before(counted):
    rows = [order(-14, 1), order(-13, 2), order(0, 4), order(1, 8), order(14, 16, user="u2"), order(15, 32),
            order(3, 64, user="u3")]
    assert counted("trade_cents", orders=rows) == {"g1": (24, 6, True), "g2": (0, 0, True)}
    assert counted("orders")["g1"] == (2, 2, True)


def test_rows_that_arrive_too_late_are_left_out_whenever_one_looks(counted):
    rows = [order(14, 1, arrived=17), order(14, 2, arrived=18), order(0, 4, arrived=1)]
    assert counted("trade_cents", orders=rows)["g1"] == (1, 0, True)


def test_figures_are_final_after_the_window_and_the_days_of_arrival(counted):
    rows = [order(14, 1, arrived=17)]
    assert counted("trade_cents", day(16), orders=rows)["g1"] == (0, 0, False)
    assert counted("trade_cents", day(17))["g1"] == (1, 0, True)


def case(number: int, kind="refund", key="c1", **more) -> dict:
    return {"case_id": key, "opened_at": at(day(number)), "user_id": "u1", "seller_id": "s1", "kind": kind,
            "ds": day(number)} | more


def paid(number: int, cents: int, key="c1") -> dict:
    return {"case_id": key, "closed_at": at(day(number)), "outcome": "refunded", "responsible": "seller",
            "paid_cents": cents, "appealed": False, "ds": day(number)}


def test_a_case_counts_once_with_its_latest_outcome(counted):
    rows = {"cases": [case(2), case(3, "cancellation", "c2"), case(-2, key="c3")],
            "case_outcomes": [paid(5, 100), paid(15, 70), paid(4, 900, "c2"), paid(-1, 5, "c3")]}
    assert counted("case_paid_cents", **rows)["g1"] == (70, 5, True)
    assert counted("cases")["g1"] == (1, 1, True)
    assert counted("case_paid_cents", entity="seller", members=("s1",))["g1"] == (70, 5, True)


def test_cases_of_a_creator_are_those_of_the_orders(counted):
    assert counted("cases", entity="creator", members=("k1",), orders=[order(1, 1, order_id="o1", creator_id="k1")],
                   cases=[case(2, order_id="o1"), case(2, key="c2", order_id="o2")])["g1"] == (1, 0, True)


def test_a_loss_is_what_cases_paid_and_banks_charged_back(counted):
    def verdict(number, confirmed, source="chargeback", order_id="o1"):
        return {"decided_at": at(day(number)), "entity": "order", "entity_id": order_id, "risk": "payment_fraud",
                "confirmed": confirmed, "incident_from": day(1), "incident_to": day(1), "source": source,
                "loss_cents": 1_000 if confirmed else None, "ds": day(number)}

    rows = {"orders": [order(1, 1_000, order_id="o1"), order(2, 500, order_id="o2")],
            "cases": [case(2)], "case_outcomes": [paid(5, 30)],
            "verdicts": [verdict(20, True), verdict(21, True, order_id="o2"), verdict(30, False, "appeal", "o2"),
                         verdict(22, True, "review", "o3")]}
    assert counted("loss_cents", **rows)["g1"] == (1_030, 0, True)


def test_kept_trade_is_what_no_case_and_no_bank_took_back(counted):
    def verdict(number, confirmed, source="chargeback"):
        return {"decided_at": at(day(number)), "entity": "order", "entity_id": "o3", "risk": "payment_fraud",
                "confirmed": confirmed, "incident_from": day(1), "incident_to": day(1), "source": source,
                "loss_cents": 4 if confirmed else None, "ds": day(number)}

    rows = {"orders": [order(1, 100, order_id="o1"), order(2, 20, order_id="o2"), order(3, 4, order_id="o3"),
                       order(-2, 7, order_id="o4")],
            "cases": [case(2, order_id="o1"), case(3, "cancellation", "c2", order_id="o2")],
            "case_outcomes": [paid(5, 30), paid(4, 20, "c2")], "verdicts": [verdict(20, True)]}
    assert counted("kept_trade_cents", **rows)["g1"] == (70, 7, True)
    assert counted("kept_trade_cents", verdicts=[verdict(30, False, "appeal")])["g1"] == (74, 7, True)


def test_a_unit_is_guilty_by_the_deciding_verdict_about_the_days_of_its_window(counted):
    def verdict(number, confirmed=True, begin=1, end=5, user="u1", **more):
        return {"decided_at": at(day(number)), "entity": "user", "entity_id": user, "risk": "refund_abuse",
                "confirmed": confirmed, "incident_from": day(begin) if confirmed else None,
                "incident_to": day(end) if confirmed else None, "source": "review", "ds": day(number)} | more

    def guilty(*verdicts, metric="honest_trade_cents", **members):
        counted(metric, verdicts=verdicts, **members)
        return counted.guilty

    assert guilty(verdict(20)) == {"g1": True, "g2": False}
    assert guilty(verdict(30, user="u9", risk="malicious_activity"), metric="kept_trade_cents")["g2"] is False
    assert guilty()["g2"] is True
    assert guilty(verdict(31, False))["g1"] is False
    assert guilty(verdict(32, begin=-20, end=-1))["g1"] is False
    assert guilty(verdict(33, begin=15, end=20))["g1"] is False
    assert guilty(verdict(60))["g1"] is False
    assert guilty(verdict(59))["g1"] is True


def test_a_ratio_counts_both_parts_over_the_same_days(counted):
    rows = {"orders": [order(1, 100, order_id="o1"), order(14, 20, arrived=30), order(-2, 5)],
            "cases": [case(2, order_id="o1")], "case_outcomes": [paid(5, 30)]}
    assert counted("paid_per_trade", **rows)["g1"] == (30, 0, True) and counted.denominators["g1"] == 120
    # A ratio of cases is final earlier, and later orders are left out of it.
    assert counted("cases_per_order", day(17))["g1"] == (1, 0, True) and counted.denominators["g1"] == 1
    assert counted("cases")["g1"] == (1, 0, True) and counted.denominators["g1"] == 1.0


def test_incentives_and_appeals(counted):
    grants = [{"granted_at": at(day(1)), "user_id": "u1", "kind": "coupon", "amount_cents": 7, "ds": day(1)}]
    appeals = [{"appeal_id": "a1", "filed_at": at(day(1)), "entity": "user", "entity_id": "u2", "action_id": "x",
                "outcome": outcome, "ds": day(arrived)} for outcome, arrived in (("open", 1), ("upheld", 4))]
    assert counted("incentive_cents", incentives=grants)["g1"] == (7, 0, True)
    assert counted("appeals", appeals=appeals)["g1"] == (1, 0, True)


def test_who_registers_later_on_an_identifier_of_a_member_has_come_back(counted):
    def user(name, number, **identifiers):
        return {"user_id": name, "registered_at": at(day(number)), "ds": day(max(number, -20))} | identifiers

    users = [user("u1", -90, device_id="d1"), user("u2", -90, phone_id="p1", device_id="d2"),
             user("n1", 3, device_id="d1"), user("n2", 4, phone_id="p1", device_id="d2"), user("n3", 5, ip="1"),
             user("n4", 20, device_id="d1"), user("n5", -3, device_id="d1")]
    assert counted("come_backs", users=users)["g1"] == (2, 1, True)


def test_what_a_member_does_under_another_account_counts_of_a_group(counted):
    users = [{"user_id": name, "registered_at": at(day(number)), "device_id": device, "ds": day(max(number, -20))}
             for name, number, device in (("u1", -90, "d1"), ("n1", 3, "d1"), ("n2", 3, "d2"), ("n3", 15, "d1"),
                                          ("n4", -5, "d1"))]
    rows = [order(5, 1, user="n1"), order(5, 2, user="n2"), order(5, 4, user="n3"), order(5, 8, user="n4"),
            order(5, 16)]
    assert counted("trade_cents", users=users, orders=rows)["g1"] == (17, 0, True)


def test_every_metric_is_counted_for_every_entity(counted):
    assert METRICS.keys() == ARRIVES.keys()
    for metric in METRICS:
        for entity in ("user", "seller", "creator"):
            assert counted(metric, entity=entity)["g1"] == (0, 0, True), (metric, entity)
