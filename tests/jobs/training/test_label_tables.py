"""Label tables: each risk of an entity has the labels of its own source, and no source labels another's risks."""

import datetime as dt

from features.risks import find
from features.splits import split
from jobs.storage.lake import Lake
from jobs.training import label_tables
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at

BEGUN = ago(89)


def filled(root, *tables):
    """A lake with two orders on each day; of each day's second one everything is said that may be said."""
    days = [BEGUN + dt.timedelta(days=n) for n in range(90)]
    orders = [(f"{who}{day}", day) for day in days for who in ("quiet ", "told ")]
    told = [(order, day) for order, day in orders if order.startswith("told")]
    rows = {
        "orders": [{"order_id": order, "ordered_at": at(day), "seller_id": "s1", "quantity": 1, "amount_cents": 1,
                    "ds": day} for order, day in orders],
        "order_features": [{"order_id": order, "ds": day} for order, day in orders],
        "verdicts": [{"verdict_id": order, "decided_at": at(day), "entity": "order", "entity_id": order, "ds": after,
                      "risk": "payment_fraud", "confirmed": True, "incident_from": day, "loss_cents": 5}
                     for order, day in told if (after := day + dt.timedelta(days=1)) <= TODAY],
        "cases": [{"case_id": f"{order}{kind}", "opened_at": at(after), "order_id": order, "seller_id": "s1",
                   "kind": kind, "claim_cents": 7, "ds": after}
                  for order, day in told for kind in ("dispute", "return")
                  if (after := day + dt.timedelta(days=2)) <= TODAY]}
    for name in ("orders", "order_features", *tables):
        land(root, name, rows[name])
    return Lake(str(root), "labels")


def built(spark, lake):
    """{risk: {(part, the first word of the order, label, loss)}} and the days of each risk."""
    label_tables.build(spark, lake, "order", TODAY)
    lake.commit(lake.staged("order_labels"))
    found, days = {}, {}
    for row in lake.arrow("order_labels", [TODAY]).to_table().to_pylist():
        found.setdefault(row["risk"], set()).add(
            (row["part"], row["order_id"].split()[0], row["label"], row["loss_cents"]))
        days.setdefault(row["risk"], set()).add(row["as_of"])
    return found, days


def labelled(told: tuple[int, int]) -> set[tuple]:
    return {(part, *row) for part in ("train", "validation", "test") for row in (("quiet", 0, 0), ("told", *told))}


def test_verdicts_and_cases_label_their_own_risks_on_days_of_their_own(product_spark, tmp_path):
    found, days = built(product_spark, filled(tmp_path, "verdicts", "cases"))
    assert found == {"payment_fraud": labelled((1, 5)), "dispute": labelled((1, 7)), "return": labelled((1, 7)),
                     "cancellation": labelled((0, 0))}
    for risk, found_days in days.items():
        parts = split(BEGUN, TODAY, find("order", risk)).parts()
        assert found_days == {day for of_part in parts.values() for day in of_part}, risk


def test_a_risk_whose_source_never_arrived_has_no_labels(spark, tmp_path):
    found, _ = built(spark, filled(tmp_path, "cases"))
    assert set(found) == {"dispute", "return", "cancellation"}
