"""The funnel: incidents with known fates, counts by a plain loop, and nothing from after the day."""

import datetime as dt
import random

import numpy as np
import pyarrow as pa
import pytest

from features.risks import find
from jobs.decisions import open_money
from jobs.ledger import estimates, governance_funnel
from jobs.ledger.positions import positions
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at

DECISIONS = pa.schema([field for field in arrow_schema(catalog.DECISION_DAILY) if field.name in (
    "ds", "decision_id", "queue", "risk", "entity", "entity_id", "policy_version", "minutes", "action", "stops",
    "control_point", "suppressed_by")])
ALL = ("brushing", "all")


@pytest.fixture
def funnel(tmp_path):
    """Return a function that lands rows and gives the rows of a day by (risk, control point)."""
    def of(as_of: dt.date = TODAY, decisions: list[dict] = (), **tables: list[dict]) -> dict:
        for name, rows in tables.items():
            land(tmp_path, name, rows)
        lake, live = Lake(str(tmp_path)), pa.Table.from_pylist(list(decisions), DECISIONS)
        with connect() as db:
            open_money.attach(db, lake, as_of)
            positions(db, live, {})
            found = governance_funnel.rows(db, lake, live, estimates.developed(db, as_of), as_of)
        assert found == pa.Table.from_pylist(found, arrow_schema(catalog.GOVERNANCE_FUNNEL_DAILY)).drop(
            ["run_id"]).to_pylist()
        return {(row["risk"], row["control_point"]): row for row in found}
    return of


def verdict(key, loss=1_000, seller="s1", first=40, last=31, risk="brushing", confirmed=True, arrived=25, hour=12):
    return {"verdict_id": key, "decided_at": at(ago(arrived), hour), "entity": "seller", "entity_id": seller,
            "risk": risk, "confirmed": confirmed, "incident_from": ago(first), "incident_to": ago(last),
            "loss_cents": loss, "source": "audit", "ds": ago(arrived)}


def score(day, value=0.2, seller="s1", risk="brushing"):
    return {"seller_id": seller, f"{risk}_score": value, "reasons": [], "model_versions": [], "ds": ago(day)}


def decision(day, key, seller="s1", point="payout", stops=0.8, action="hold_payouts", risk="brushing", why=None):
    return {"ds": ago(day), "decision_id": key, "entity": "seller", "entity_id": seller, "risk": risk,
            "action": action, "control_point": point, "stops": stops, "suppressed_by": why, "minutes": 0.0}


def action(day, key, decided=None, seller="s1", risk="brushing", executed=True):
    return {"action_id": key, "taken_at": at(ago(day)), "decision_id": decided, "entity": "seller",
            "entity_id": seller, "risk": risk, "action": "hold_payouts", "executed": executed, "ds": ago(day)}


def counts(row) -> tuple:
    return tuple(row[name] for name in ("incidents", *governance_funnel.STAGES))


def leaks(row) -> tuple:
    return tuple(row[f"before_{stage}_cents"] for stage in governance_funnel.STAGES)


def test_an_incident_that_nobody_sees_leaks_before_it_is_perceived(funnel):
    row = funnel(verdicts=[verdict("v1")], seller_scores=[score(35, 0.9, "s2")])[ALL]
    assert counts(row) == (1, 0, 0, 0, 0) and leaks(row) == (1_000, 0, 0, 0) and row["leaks_at"] == "perceived"
    assert (row["lost_cents"], row["perceived_cents"], row["perceived_days_median"]) == (1_000, 0, None)


def test_while_a_risk_has_no_score_nothing_leaks(funnel):
    rows = [verdict("v1", 300, "s1", 60, 55), verdict("v2", 500, "s2", 45, 40), verdict("v3", 20, "s3")]
    row = funnel(verdicts=rows, seller_scores=[score(60, 0.9, risk="click_farm"), score(27, 0.01, "s9")])[ALL]
    assert (row["unscored"], row["unscored_cents"], row["lost_cents"]) == (1, 300, 820)
    assert leaks(row) == (520, 0, 0, 0) and row["leaks_at"] == "perceived"
    assert funnel(ago(30), verdicts=[rows[0] | {"ds": ago(50)}])[ALL]["leaks_at"] is None


def test_money_is_spread_over_days_and_leaks_before_the_stage_it_waits_for(funnel):
    # Ten days from day 40 to day 31: seen on the third, wanted on the fourth, acted on on the eighth.
    rows = funnel(verdicts=[verdict("v1")], seller_scores=[score(41, 0.9), score(38), score(37, 0.05)],
                  decisions=[decision(37, "d1", why="capacity"), decision(34, "d2")],
                  actions_taken=[action(33, "a1", "d2")])
    row = rows[ALL]
    assert counts(row) == (1, 1, 1, 1, 0) and leaks(row) == (200, 100, 400, 300)
    assert row["leaks_at"] == "intervened" and sum(leaks(row)) == row["lost_cents"] == row["intervened_cents"]
    assert [row[f"{stage}_days_median"] for stage in governance_funnel.STAGES[:3]] == [2, 1, 4]
    assert rows["brushing", "payout"] == row | governance_funnel.NOT_KNOWN | {"control_point": "payout"}


def test_an_action_is_effective_if_no_day_of_an_incident_follows_within_the_horizon(funnel):
    horizon = find("seller", "brushing").horizon_days
    rows = [verdict("v1", first=50, last=40), verdict("v2", seller="s2", first=50, last=40),
            verdict("v3", 70, "s2", first=38 - horizon, last=38 - horizon),
            verdict("v4", seller="s3", first=50, last=40),
            verdict("v5", 70, "s3", first=38 - horizon - 1, last=38 - horizon - 1),
            verdict("v6", seller="s4", first=50, last=40), verdict("v7", seller="s5", first=50, last=40)]
    taken = [*(action(38, f"a{seller}", seller=seller) for seller in ("s1", "s2", "s3")),
             action(40 - horizon, "a4", seller="s4"),
             action(40 - horizon - 1, "a5", seller="s5")]  # the incident had ended by itself
    row = funnel(verdicts=rows, actions_taken=taken)[ALL]
    assert counts(row) == (7, 0, 0, 5, 3) and row["effective_cents"] == 3_000


def test_an_action_is_not_effective_before_horizon_and_delay_have_passed(funnel):
    wait = find("seller", "brushing").label_maturity_days
    before = funnel(ago(39 - wait + 1), verdicts=[verdict("v1", first=50, last=40, arrived=39)],
                    actions_taken=[action(39, "a1")])[ALL]
    assert (before["effective"], before["unsettled"], before["intervened"]) == (0, 1, 1)
    after = funnel(ago(39 - wait))[ALL]
    assert (after["effective"], after["unsettled"]) == (1, 0)


def test_each_control_point_has_its_own_actions_and_all_has_those_without_one(funnel):
    rows = funnel(
        verdicts=[verdict("v1"), verdict("v2", seller="s2"), verdict("v3", seller="s3"), verdict("v4", seller="s4")],
        decisions=[decision(39, "d1"), decision(38, "d2", point="listing"), decision(39, "d3", "s2", "listing"),
                   decision(39, "d4", "s3", "order", stops=0.0, action="watch")],
        actions_taken=[action(38, "a1", "d1"), action(37, "a2", "d2"), action(36, "a3", "d3", "s2", executed=False),
                       action(36, "a4", None, "s4", risk=None), action(36, "a5", "d4", "s3")])
    assert {point: counts(row)[:4] for (_, point), row in rows.items()} == {
        "all": (4, 0, 2, 2), "listing": (4, 0, 2, 1), "payout": (4, 0, 1, 1)}
    assert rows["brushing", "listing"]["intervened_days_median"] == 1


def test_verdicts_that_touch_are_one_incident_and_a_loss_under_two_risks_counts_once(funnel):
    rows = funnel(verdicts=[verdict("v1", 300), verdict("v2", 200, first=32, last=28),
                            verdict("v3", 900, risk="merchant_fraud", first=35, last=30),
                            verdict("v4", 50, first=20, last=20, arrived=15)])
    assert {risk: (row["incidents"], row["lost_cents"]) for (risk, _), row in rows.items()} == {
        "brushing": (2, 50), "merchant_fraud": (1, 900)}


def test_a_reversal_takes_the_incident_away_from_its_arrival_on(funnel):
    rows = [verdict("v1"), verdict("v2", None, confirmed=False, arrived=10)]
    assert counts(funnel(ago(11), verdicts=rows)[ALL])[0] == 1
    assert funnel() == {}


def test_incidents_count_for_ninety_days_from_their_first_day(funnel):
    rows = [verdict("v1", first=89, last=60), verdict("v2", seller="s2", first=90, last=60)]
    assert funnel(verdicts=rows)[ALL]["incidents"] == 1
    assert funnel(ago(1))[ALL]["incidents"] == 2


def test_a_stage_after_horizon_and_delay_is_about_something_else(funnel):
    wait = find("seller", "brushing").label_maturity_days
    rows = [verdict("v1", first=60, last=50), verdict("v2", seller="s2", first=60, last=50)]
    row = funnel(verdicts=rows, seller_scores=[score(50 - wait), score(50 - wait - 1, seller="s2")])[ALL]
    assert (row["incidents"], row["perceived"], row["perceived_days_p90"]) == (2, 1, 10 + wait)


def test_an_order_is_saved_if_its_verdict_counts_no_loss(funnel):
    def of_order(key, order, loss):
        return verdict(key, loss) | {"entity": "order", "entity_id": order, "risk": "payment_fraud",
                                     "incident_from": ago(40), "incident_to": ago(40)}
    held = [action(39, f"a{order}", seller=order, risk="payment_fraud") | {"entity": "order"} for order in ("o1", "o2")]
    row = funnel(verdicts=[of_order("v1", "o1", 0), of_order("v2", "o2", 700), of_order("v3", "o3", 500)],
                 order_scores=[{"order_id": "o9", "payment_fraud_score": 0.01, "ds": ago(40), "reasons": [],
                                "model_versions": []}], actions_taken=held)["payment_fraud", "all"]
    assert counts(row) == (3, 0, 0, 2, 1) and leaks(row) == (500, 0, 0, 700)


def test_what_is_not_reported_yet_stands_apart(funnel):
    rng = random.Random(1)
    rows = [verdict(f"v{number}", 1_000, f"s{number}", first=first, last=first - 1,
                    arrived=max(0, first - rng.randint(1, 25)))
            for number in range(150) for first in [rng.randint(1, 120)]]
    found = funnel(verdicts=rows, decisions=[decision(20, "d1")])
    row = found[ALL]
    assert 0 <= row["unreported_lo"] < row["unreported"] < row["unreported_hi"]
    assert found["brushing", "payout"]["unreported"] is None and row["lost_cents"] == 1_000 * row["incidents"]


def by_loop(rows: dict, decisions: list[dict], ds: dt.date) -> dict:
    """Counts and days of each risk over all control points, by a plain loop."""
    found: dict = {}
    wait = find("seller", "brushing").label_maturity_days
    known = {name: [row for row in table if row["ds"] <= ds] for name, table in rows.items()}
    for seller in {row["entity_id"] for row in known["verdicts"]}:
        mine = sorted((row for row in known["verdicts"] if row["entity_id"] == seller), key=lambda row: (
            row["decided_at"], not row["confirmed"], row["ds"], row["verdict_id"]))
        clear = max((place for place, row in enumerate(mine) if not row["confirmed"]), default=-1)
        incidents: list[list[dt.date]] = []
        for row in sorted(mine[clear + 1:], key=lambda row: row["incident_from"]):
            if incidents and row["incident_from"] <= incidents[-1][1]:
                incidents[-1][1] = max(incidents[-1][1], row["incident_to"])
            else:
                incidents.append([row["incident_from"], row["incident_to"]])
        for first, last in incidents:
            if not ds - dt.timedelta(days=90) < first <= ds:
                continue
            until = last + dt.timedelta(days=wait)
            stages = ([row["ds"] for row in known["seller_scores"]
                       if row["seller_id"] == seller and row["brushing_score"] >= 0.1],
                      [row["ds"] for row in decisions if row["ds"] <= ds and row["entity_id"] == seller],
                      [row["taken_at"].date() for row in known["actions_taken"]
                       if row["entity_id"] == seller and row["executed"]])
            reached = [min((day for day in days if first <= day <= until), default=None) for days in stages]
            found["incidents"] = found.get("incidents", 0) + 1
            for name, day, before in zip(governance_funnel.STAGES, reached, [first, *reached]):
                found[name] = found.get(name, 0) + (day is not None)
                if day and before and day >= before:
                    found.setdefault(f"{name}_days", []).append((day - before).days)
    return found


def market(seed: int, sellers: int = 40) -> tuple[dict, list[dict]]:
    draw = random.Random(seed)
    rows: dict = {"verdicts": [], "seller_scores": [], "actions_taken": []}
    decisions = []
    for number in range(sellers):
        seller = f"s{number}"
        for place in range(draw.randint(1, 3)):
            first = draw.randint(5, 110)
            last = max(first - draw.randint(0, 14), 1)
            rows["verdicts"].append(verdict(f"v{number}.{place}", draw.randint(1, 9_999), seller, first, last,
                                            arrived=draw.randint(0, last), hour=draw.randint(0, 23)))
        if draw.random() < 0.2:
            rows["verdicts"].append(verdict(f"c{number}", None, seller, confirmed=False, arrived=draw.randint(0, 60)))
        for day in draw.sample(range(100), 6):
            rows["seller_scores"].append(score(day, draw.choice((0.05, 0.1, 0.7)), seller))
        for day in draw.sample(range(100), 3):
            decisions.append(decision(day, f"d{seller}.{day}", seller))
            if draw.random() < 0.6:
                rows["actions_taken"].append(action(max(day - 1, 0), f"a{seller}.{day}", f"d{seller}.{day}", seller,
                                                    executed=draw.random() < 0.8))
    return rows, decisions


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_days_are_those_of_a_plain_loop_on_every_day(funnel, seed):
    rows, decisions = market(seed)
    expected = {day: by_loop(rows, decisions, ago(day)) for day in (30, 12, 0)}
    known = funnel(ago(30), [row for row in decisions if row["ds"] <= ago(30)], **rows)
    found = {30: known} | {day: funnel(ago(day), [row for row in decisions if row["ds"] <= ago(day)])
                           for day in (12, 0)}
    for day, by_point in found.items():
        row, loop = by_point[ALL], expected[day]
        assert counts(row)[:4] == tuple(loop.get(name, 0) for name in ("incidents", *governance_funnel.STAGES[:3]))
        assert sum(leaks(row)) + row["unscored_cents"] == row["lost_cents"]
        for stage in governance_funnel.STAGES[:3]:
            days = loop.get(f"{stage}_days")
            assert row[f"{stage}_days_median"] == (days and pytest.approx(np.median(days)))
            assert row[f"{stage}_days_p90"] == (days and pytest.approx(np.quantile(days, 0.9)))


def test_another_order_of_rows_gives_the_same_rows(funnel, tmp_path):
    rows, decisions = market(7)
    found = funnel(decisions=decisions, **rows)
    draw = random.Random(3)
    for table in (*rows.values(), decisions):
        draw.shuffle(table)
    assert funnel(decisions=decisions, **rows) == found
