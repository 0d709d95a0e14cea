"""The policy's bounds and actions, and the rows that analysts read."""

import datetime as dt

import pytest
from pyspark.sql import functions as F

from jobs.decisions import policy
from jobs.decisions.risk_tables import risk_rows
from jobs.scoring import risk_levels

FRI = dt.date(2026, 11, 20)
REASON = "array<struct<risk:string,reason:string,feature:string,value:double,contribution:double>>"
SCORES = ("user_id string, account_integrity_score double, incentive_abuse_score double, refund_abuse_score double, "
          f"malicious_activity_score double, reasons {REASON}, model_versions map<string,string>, ds date")


def test_a_level_begins_at_its_bound(spark):
    scores = {0.0: "low", 0.0999: "low", 0.1: "medium", 0.2999: "medium", 0.3: "high", 0.5999: "high",
              0.6: "critical", 1.0: "critical", None: None}
    frame = spark.createDataFrame(list(scores.items()), "score double, level string")
    assert frame.where(~risk_levels.level(F.col("score")).eqNullSafe(F.col("level"))).collect() == []
    assert risk_levels.lowest_explained() == 0.1


@pytest.mark.parametrize("entity", policy.ACTIONS)
def test_every_level_asks_for_something_and_a_confirmed_risk_outranks_it(spark, entity):
    levels = [*risk_levels.BOUNDS, risk_levels.LOW, None]
    rows = [(level, known) for level in levels for known in (None, "refund_abuse")]
    asked = policy.action(entity, F.col("level"), F.col("known"))
    found = {(row.level, row.known): row.asked for row in
             spark.createDataFrame(rows, "level string, known string").withColumn("asked", asked).collect()}
    assert {level: found[level, None] for level in levels} == {**policy.ACTIONS[entity], None: policy.NO_SCORE_ACTION}
    assert {found[level, "refund_abuse"] for level in levels} == {policy.CONFIRMED_ACTION}


def test_another_policy_has_another_version(monkeypatch):
    before = policy.version()
    assert policy.version() == before and len(before) == 12
    monkeypatch.setitem(risk_levels.BOUNDS, "high", 0.31)
    assert policy.version() != before


@pytest.fixture(scope="module")
def published(spark):
    """Users by name: account_integrity, refund_abuse, two risks without a model; u5 stands confirmed."""
    scores = [("u1", 0.2, 0.7), ("u2", 0.4, 0.4), ("u3", None, 0.1), ("u4", None, None), ("u5", 0.05, 0.01)]
    frame = spark.createDataFrame([(user, a, None, b, None, [], {"m": "1"}, FRI) for user, a, b in scores], SCORES)
    known = spark.createDataFrame([("u5", "refund_abuse", FRI), ("gone", "refund_abuse", FRI)],
                                  "entity_id string, confirmed_risk string, ds date")
    return risk_rows(frame, known, "user", "abc123", "tonight")


def test_the_risk_table_has_the_shape_that_was_promised(published):
    assert published.columns == [
        "user_id", "account_integrity_score", "incentive_abuse_score", "refund_abuse_score",
        "malicious_activity_score", "risk_score", "top_risk", "risk_level", "confirmed_risk", "reasons", "action",
        "model_versions", "feature_set", "run_id", "ds"]
    assert published.schema["reasons"].dataType.simpleString() == REASON


def test_an_entity_is_as_risky_as_its_largest_score(published):
    found = {row.user_id: (row.risk_score, row.top_risk, row.risk_level, row.confirmed_risk, row.action)
             for row in published.collect()}
    asks = policy.ACTIONS["user"]
    assert found == {
        "u1": (0.7, "refund_abuse", "critical", None, asks["critical"]),
        "u2": (0.4, "account_integrity", "high", None, asks["high"]),  # of equal ones, the first declared
        "u3": (0.1, "refund_abuse", "medium", None, asks["medium"]),  # a risk without a model says nothing
        "u4": (None, None, None, None, policy.NO_SCORE_ACTION),
        "u5": (0.05, "account_integrity", "low", "refund_abuse", policy.CONFIRMED_ACTION),
    }


def test_an_entity_with_one_risk_has_that_one(spark):
    scores = spark.createDataFrame([("c1", 0.3, [], {"m": "1"}, FRI)],
                                   f"creator_id string, traffic_fraud_score double, reasons {REASON}, "
                                   "model_versions map<string,string>, ds date")
    known = spark.createDataFrame([], "entity_id string, confirmed_risk string, ds date")
    row = risk_rows(scores, known, "creator", "abc123", "tonight").first()
    assert (row.risk_score, row.top_risk, row.risk_level) == (0.3, "traffic_fraud", "high")
    assert (row.feature_set, row.run_id, row.ds) == ("abc123", "tonight", FRI)


def test_orders_have_one_score_its_level_and_what_to_do(spark):
    scores = spark.createDataFrame(
        [("o1", "u1", "s1", "m1", 0.61, [], {"m": "1"}, FRI), ("o2", None, "s1", None, None, [], {}, FRI),
         ("o3", "u1", "s1", "m1", 0.2, [], {}, FRI)],
        "order_id string, user_id string, seller_id string, payment_id string, payment_fraud_score double, "
        f"reasons {REASON}, model_versions map<string,string>, ds date")
    confirmed = spark.createDataFrame([("o3", "payment_fraud", FRI)],
                                      "entity_id string, confirmed_risk string, ds date")
    rows = risk_rows(scores, confirmed, "order", "abc123", "tonight")
    assert rows.columns == ["order_id", "user_id", "seller_id", "payment_fraud_score", "risk_score", "top_risk",
                            "risk_level", "confirmed_risk", "reasons", "action", "model_versions", "feature_set",
                            "run_id", "ds"]
    assert [(row.order_id, row.user_id, row.risk_score, row.risk_level, row.confirmed_risk, row.action)
            for row in rows.orderBy("order_id").collect()] == [
        ("o1", "u1", 0.61, "critical", None, policy.ACTIONS["order"]["critical"]),
        ("o2", None, None, None, None, policy.NO_SCORE_ACTION),
        ("o3", "u1", 0.2, "medium", "payment_fraud", policy.CONFIRMED_ACTION)]
