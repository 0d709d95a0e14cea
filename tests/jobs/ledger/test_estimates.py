"""Estimated money: what policies assume, what experiments say, and losses that are not reported yet."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from jobs.ledger import estimates
from jobs.storage.query import connect
from tests.support.builders import TODAY, at

MONTH = TODAY.replace(day=1)
DECIDED = pa.schema([("ds", pa.date32()), ("risk", pa.string()), ("experiment", pa.string()), *(
    (name, pa.float64()) for name in ("score", "stops", "expected_loss_cents", "friction_seller_cents",
                                      "friction_user_cents", "friction_creator_cents", "friction_platform_cents"))])


def of_decisions(*rows: dict) -> dict:
    each = {"ds": TODAY, "risk": "brushing", "experiment": None, "score": 0.5, "stops": 0.8,
            "expected_loss_cents": 1_000.0, "friction_seller_cents": 50.0, "friction_user_cents": 0.0,
            "friction_creator_cents": 0.0, "friction_platform_cents": 5.0}
    with connect() as db:
        found = list(estimates.of_decisions(db, pa.Table.from_pylist([each | row for row in rows], DECIDED)))
    return {(row["account"], row["borne_by"], row["incurred_ds"]): row for row in found}


def test_what_policies_assume_is_the_sum_of_rows_that_are_guilty_or_not():
    found = of_decisions(*[{}] * 100, {"experiment": "e"})
    assumed = found["prevented_assumed", "buyer", MONTH]
    assert assumed["estimate"] == pytest.approx(100 * 0.5 * 800)
    assert assumed["hi"] - assumed["estimate"] == pytest.approx(estimates.Z * 10 * 0.5 * 800)
    friction = found["false_positive_friction", "seller", MONTH]
    assert friction["estimate"] == pytest.approx(101 * 50)
    assert friction["estimate"] - friction["lo"] == pytest.approx(estimates.Z * np.sqrt(101) * 50)
    assert set(found) == {("prevented_assumed", "buyer", MONTH), ("false_positive_friction", "seller", MONTH),
                          ("false_positive_friction", "platform", MONTH)}


def test_sums_are_equal_to_the_last_bit_whatever_the_order_of_the_rows():
    rng = np.random.default_rng(2)
    rows = [{"score": float(score), "expected_loss_cents": float(loss), "friction_seller_cents": float(loss) / 7}
            for score, loss in zip(rng.uniform(0.1, 0.9, 300), rng.lognormal(6, 2, 300))]
    first = of_decisions(*rows)
    for _ in range(10):
        assert of_decisions(*(rows[place] for place in rng.permutation(300))) == first


def test_intervals_of_sums_hold_drawn_sums():
    rng = np.random.default_rng(1)
    rows = [{"score": float(score), "expected_loss_cents": float(loss)}
            for score, loss in zip(rng.uniform(0.1, 0.9, 200), rng.lognormal(6, 0.5, 200))]
    found = of_decisions(*rows)["prevented_assumed", "buyer", MONTH]
    score, stopped = (np.array([row[name] for row in rows]) for name in ("score", "expected_loss_cents"))
    drawn = ((rng.random((4_000, 200)) < score) * stopped * 0.8).sum(axis=1)
    assert np.mean((found["lo"] <= drawn) & (drawn <= found["hi"])) == pytest.approx(0.8, abs=0.03)


def test_nothing_is_assumed_of_what_an_experiment_measures():
    rows = ({}, {"experiment": "e"}, {"experiment": "other"})
    each = {"ds": TODAY, "risk": "brushing", "experiment": None, "score": 0.5, "stops": 0.8,
            "expected_loss_cents": 1_000.0, "friction_seller_cents": 50.0, "friction_user_cents": 7.0,
            "friction_creator_cents": 0.0, "friction_platform_cents": 5.0}
    with connect() as db:
        found = list(estimates.of_decisions(db, pa.Table.from_pylist([each | row for row in rows], DECIDED), {"e"}))
    assert {row["borne_by"]: row["estimate"] for row in found if row["account"] == "false_positive_friction"} == {
        "seller": 100, "buyer": 21, "platform": 15}


def test_reversals_count_on_the_day_of_the_verdict_that_clears():
    rows = ("v1", 20, "s1", True, 100), ("v2", 5, "s1", False, None), ("v3", 9, "s2", True, 70)
    verdicts = pa.Table.from_pylist([
        {"verdict_id": name, "decided_at": at(ds), "ds": ds, "entity": "seller", "entity_id": seller,
         "risk": "brushing", "confirmed": confirmed, "incident_from": TODAY - dt.timedelta(days=30), "loss_cents": loss}
        for name, ds, seller, confirmed, loss in (
            (name, TODAY - dt.timedelta(days=arrived), *more) for name, arrived, *more in rows)])
    with connect() as db:
        db.register("verdicts", verdicts)
        found = db.sql(estimates.REPORTED.format(first=TODAY - dt.timedelta(weeks=26))).fetchall()
    assert {((TODAY - reported).days, amount) for _, _, reported, amount in found} == {(20, 100), (9, 70), (5, -100)}
