"""The bounds of levels, and the rows that analysts read."""

import datetime as dt

import pytest
from pyspark.sql import functions as F

from jobs.decisions.risk_tables import CONFIRMED_ACTION, NO_SCORE_ACTION, risk_rows
from jobs.scoring import risk_levels

FRI = dt.date(2026, 11, 20)
REASON = "array<struct<risk:string,reason:string,feature:string,value:double,contribution:double>>"
CONFIRMED = "entity_id string, confirmed_risk string, ds date"
DECIDED = "entity_id string, decided_action string, decision_id string, policy string, ds date"
SCORES = ("user_id string, account_integrity_score double, incentive_abuse_score double, refund_abuse_score double, "
          f"malicious_activity_score double, reasons {REASON}, model_versions map<string,string>, ds date")


def test_a_level_begins_at_its_bound(spark):
    scores = {0.0: "low", 0.0999: "low", 0.1: "medium", 0.2999: "medium", 0.3: "high", 0.5999: "high",
              0.6: "critical", 1.0: "critical", None: None}
    frame = spark.createDataFrame(list(scores.items()), "score double, level string")
    assert frame.where(~risk_levels.level(F.col("score")).eqNullSafe(F.col("level"))).collect() == []
    assert risk_levels.lowest_explained() == 0.1


@pytest.fixture(scope="module")
def published(spark):
    """Users by name: account_integrity, refund_abuse, two risks without a model; u5 and u6 stand confirmed."""
    scores = [("u1", 0.2, 0.7), ("u2", 0.4, 0.4), ("u3", None, 0.1), ("u4", None, None), ("u5", 0.05, 0.01),
              ("u6", 0.5, 0.01)]
    frame = spark.createDataFrame([(user, a, None, b, None, [], {"m": "1"}, FRI) for user, a, b in scores], SCORES)
    known = spark.createDataFrame([(user, "refund_abuse", FRI) for user in ("u5", "u6", "gone")], CONFIRMED)
    decided = spark.createDataFrame([("u1", "hold_refunds", "d1", "refunds", FRI),
                                     ("u6", "review", "d6", "accounts", FRI),
                                     ("u3", "review", "d3", "accounts", dt.date(2026, 11, 19))], DECIDED)
    return risk_rows(frame, known, decided, "user", "abc123", "tonight")


def test_the_risk_table_has_the_shape_that_was_promised(published):
    assert published.columns == [
        "user_id", "account_integrity_score", "incentive_abuse_score", "refund_abuse_score",
        "malicious_activity_score", "risk_score", "top_risk", "risk_level", "confirmed_risk", "reasons", "action",
        "decision_id", "policy", "model_versions", "feature_set", "run_id", "ds"]
    assert published.schema["reasons"].dataType.simpleString() == REASON


def test_an_entity_is_as_risky_as_its_largest_score(published):
    found = {row.user_id: (row.risk_score, row.top_risk, row.risk_level, row.confirmed_risk, row.action)
             for row in published.collect()}
    assert found == {
        "u1": (0.7, "refund_abuse", "critical", None, "hold_refunds"),
        "u2": (0.4, "account_integrity", "high", None, "none"),  # of equal ones, the first declared
        "u3": (0.1, "refund_abuse", "medium", None, "none"),  # a risk without a model says nothing
        "u4": (None, None, None, None, NO_SCORE_ACTION),
        "u5": (0.05, "account_integrity", "low", "refund_abuse", CONFIRMED_ACTION),
        "u6": (0.5, "account_integrity", "high", "refund_abuse", "review"),  # another risk needs its own action
    }


def test_a_row_names_the_decision_that_asks_for_its_action(published):
    found = {row.user_id: (row.decision_id, row.policy) for row in published.collect()}
    assert found["u1"] == ("d1", "refunds") and found["u3"] == (None, None)  # a decision of yesterday asks for nothing


def test_an_entity_with_one_risk_has_that_one(spark):
    scores = spark.createDataFrame([("c1", 0.3, [], {"m": "1"}, FRI)],
                                   f"creator_id string, traffic_fraud_score double, reasons {REASON}, "
                                   "model_versions map<string,string>, ds date")
    known = spark.createDataFrame([], CONFIRMED)
    row = risk_rows(scores, known, spark.createDataFrame([], DECIDED), "creator", "abc123", "tonight").first()
    assert (row.risk_score, row.top_risk, row.risk_level) == (0.3, "traffic_fraud", "high")
    assert (row.feature_set, row.run_id, row.ds) == ("abc123", "tonight", FRI)


def test_an_order_is_as_risky_as_its_payment_whatever_its_buyer_may_want(spark):
    returned = [("return", "orders of this buyer with a return: 4", "user_return_count_30d_delayed_7d", 4.0, 1.0)]
    scores = spark.createDataFrame(
        [("o1", "u1", "s1", "m1", 0.61, 0.9, 0.1, 0.1, [], [], {"m": "1"}, FRI),
         ("o2", None, "s1", None, None, 0.9, 0.9, None, [], [], {}, FRI),
         ("o3", "u1", "s1", "m1", 0.2, 0.0, 0.3, 0.4, [], returned, {}, FRI)],
        "order_id string, user_id string, seller_id string, payment_id string, payment_fraud_score double, "
        "dispute_score double, return_score double, cancellation_score double, "
        f"reasons {REASON}, after_sales_reasons {REASON}, model_versions map<string,string>, ds date")
    confirmed = spark.createDataFrame([("o3", "payment_fraud", FRI)],
                                      CONFIRMED)
    decided = spark.createDataFrame([("o1", "hold_parcel", "d1", "order", FRI)], DECIDED)
    rows = risk_rows(scores, confirmed, decided, "order", "abc123", "tonight")
    assert rows.columns == ["order_id", "user_id", "seller_id", "payment_fraud_score", "dispute_score",
                            "return_score", "cancellation_score", "risk_score", "top_risk", "risk_level",
                            "confirmed_risk", "reasons", "after_sales_reasons", "action", "decision_id", "policy",
                            "model_versions", "feature_set", "run_id", "ds"]
    found = rows.orderBy("order_id").collect()
    assert [(row.order_id, row.user_id, row.risk_score, row.risk_level, row.confirmed_risk, row.action)
            for row in found] == [
        ("o1", "u1", 0.61, "critical", None, "hold_parcel"),
        ("o2", None, None, None, None, NO_SCORE_ACTION),
        ("o3", "u1", 0.2, "medium", "payment_fraud", CONFIRMED_ACTION)]
    assert [row.top_risk for row in found] == ["payment_fraud", None, "payment_fraud"]
    assert [tuple(reason) for reason in found[2].after_sales_reasons] == returned and found[2].reasons == []
