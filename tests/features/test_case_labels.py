"""Labels of orders by cases: the horizon has sharp edges, and a case counts from the day it arrived."""

import pytest

from features.case_labels import case_labels
from features.inputs.tables import CASES
from features.risks import Risk
from tests.support.builders import at, day, frame

AS_OF = day("2026-11-01")
LATER = day("2026-11-30")  # after every case here
RETURN = Risk("order", "return", "comes back", horizon_days=14, delay_days=1, capacity=20, case_kind="return")
DISPUTE = Risk("order", "dispute", "is disputed", horizon_days=3, delay_days=1, capacity=20, case_kind="dispute")


def case(order, opened, kind="return", arrived=None, claim=100):
    """A case that arrived on the day it was opened, unless told otherwise."""
    return {"case_id": f"{order} {opened} {kind}", "opened_at": at(day(opened), 23, 59), "order_id": order,
            "seller_id": "s1", "kind": kind, "claim_cents": claim, "ds": day(arrived or opened)}


def labelled(spark, cases, orders, risks=(RETURN,), known_by=LATER):
    """{(order, risk): (label, loss)} of orders that arrived on AS_OF."""
    population = spark.createDataFrame([(AS_OF, order) for order in orders], "as_of date, entity_id string")
    rows = case_labels(frame(spark, CASES, cases), population, risks, known_by).collect()
    assert {row.as_of for row in rows} <= {AS_OF}
    found = {(row.entity_id, row.risk): (row.label, row.loss_cents) for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_case_counts_up_to_the_last_day_of_the_horizon(product_spark):
    cases = [case("last", "2026-11-15"), case("after", "2026-11-16"), case("next", "2026-11-02")]
    assert labelled(product_spark, cases, ["last", "after", "next", "quiet"]) == {
        ("last", "return"): (1, 100), ("after", "return"): (0, 0), ("next", "return"): (1, 100),
        ("quiet", "return"): (0, 0)}


@pytest.mark.engine("sail")
def test_a_case_that_had_not_arrived_by_the_cutoff_changes_nothing(product_spark):
    cases = [case("late", "2026-11-05", arrived="2026-11-09"), case("known", "2026-11-05")]
    both = {("late", "return"): (0, 0), ("known", "return"): (1, 100)}
    assert labelled(product_spark, cases, ["late", "known"], known_by=day("2026-11-08")) == both
    assert labelled(product_spark, cases, ["late", "known"], known_by=day("2026-11-09")) == both | {
        ("late", "return"): (1, 100)}


def test_an_order_whose_case_had_arrived_with_it_has_no_label(product_spark):
    cases = [case("at once", "2026-11-01"), case("at once", "2026-11-04"), case("order late", "2026-10-30"),
             case("case late", "2026-11-01", arrived="2026-11-02")]
    assert labelled(product_spark, cases, ["at once", "order late", "case late"]) == {("case late", "return"): (1, 100)}


def test_each_risk_has_its_own_kind_and_horizon(product_spark):
    cases = [case("o1", "2026-11-05", "dispute"), case("o1", "2026-11-05"), case("o2", "2026-11-04", "dispute"),
             case("o2", "2026-11-01"), case("o3", "2026-11-02", "refund"), case(None, "2026-11-02")]
    assert labelled(product_spark, cases, ["o1", "o2", "o3"], (RETURN, DISPUTE)) == {
        ("o1", "return"): (1, 100), ("o1", "dispute"): (0, 0), ("o2", "dispute"): (1, 100),
        ("o3", "return"): (0, 0), ("o3", "dispute"): (0, 0)}


def test_the_claims_of_several_cases_within_the_horizon_are_added(product_spark):
    cases = [case("o1", "2026-11-03"), case("o1", "2026-11-10", claim=20), case("o1", "2026-11-16", claim=3),
             case("o2", "2026-11-03", claim=None)]
    assert labelled(product_spark, cases, ["o1", "o2"]) == {("o1", "return"): (1, 120), ("o2", "return"): (1, 0)}


