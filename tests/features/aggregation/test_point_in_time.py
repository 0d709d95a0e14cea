"""Features of orders at the moment they are placed, against loops (oracle_moments.py) and what must hold of time."""

import datetime as dt
import random

import pytest

from benchmarks.handbook.features import HANDBOOK
from features.aggregation.point_in_time import Responses, point_in_time_features
from features.inputs.tables import CASES, ORDERS, VERDICTS
from features.order import ORDER
from tests.support.builders import frame
from tests.support.oracle.point_in_time import Oracle

BEGIN = dt.datetime(2026, 9, 28, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
# From an order to the next of the same people: at, just inside and just outside the edge of a window.
STEPS = [dt.timedelta(0), dt.timedelta(microseconds=1), dt.timedelta(seconds=1), dt.timedelta(hours=7),
         *(dt.timedelta(days=n) + dt.timedelta(microseconds=near) for n in (1, 7, 8, 14) for near in (-1, 0, 1))]


def someone(draw: random.Random, kind: str, count: int) -> str | None:
    return draw.choice([None, *(f"{kind}{number}" for number in range(count))])


def generated(seed: int, count: int = 120) -> tuple[list[dict], list[dict], list[dict]]:
    """Orders of few people, a fifth of them late, a few without an identifier, and verdicts and cases about them."""
    draw = random.Random(seed)
    orders, verdicts, cases, at = [], [], [], BEGIN
    for number in range(count):
        at = BEGIN + draw.random() * 60 * DAY if draw.random() < 0.3 else at + draw.choice(STEPS)
        late = draw.choice((0, 0, 0, 0, draw.randrange(1, 12)))
        orders.append({"order_id": f"o{number}", "ordered_at": at, "ds": at.date() + late * DAY,
                       "user_id": someone(draw, "u", 4), "seller_id": f"s{draw.randrange(3)}",
                       "device_id": someone(draw, "d", 3), "payment_id": someone(draw, "p", 5),
                       "quantity": draw.randrange(1, 4), "amount_cents": draw.choice((0, 100, 100, 250, 10**12)),
                       "discount_cents": draw.choice((None, 7))})
        decided = at
        for again in range(draw.choice((0, 0, 1, 1, 2, 3))):
            if not again or draw.random() < 0.5:  # else at the same instant as the one before
                decided = at + draw.choice((0, 3, 6, 7, 9)) * DAY + draw.choice((0, 1)) * dt.timedelta(hours=1)
            verdicts.append({"verdict_id": f"v{number}-{again}", "decided_at": decided, "entity": "order",
                             "ds": decided.date() + draw.choice((0, 0, 4)) * DAY, "entity_id": f"o{number}",
                             "risk": draw.choice(("payment_fraud", "payment_fraud", "other")),
                             "confirmed": draw.random() < 0.7, "incident_from": at.date()})
        for again in range(draw.choice((0, 1, 2))):
            opened = at + draw.choice((0, 1, 6, 7, 9)) * DAY + draw.choice((0, 1)) * dt.timedelta(hours=1)
            cases.append({"case_id": f"c{number}-{again}", "opened_at": opened, "seller_id": "s0",
                          "ds": opened.date() + draw.choice((0, 0, 3)) * DAY,
                          "order_id": draw.choice((None, *[f"o{number}"] * 9)),
                          "kind": draw.choice(("dispute", "return", "return", "cancellation", "refund"))})
    return orders, verdicts, cases


def found(spark, orders, verdicts, cases, chosen="true", features=ORDER):
    from pyspark.sql import functions as F

    responses = Responses(*(None if rows is None else frame(spark, table, rows)
                            for table, rows in ((VERDICTS, verdicts), (CASES, cases))))
    rows = point_in_time_features(frame(spark, ORDERS, orders), responses, F.expr(chosen), features)
    return {row["order_id"]: row.asDict() for row in rows.collect()}


@pytest.mark.parametrize(("seed", "features"), [(1, ORDER), (2, ORDER), (5, HANDBOOK)])
def test_every_feature_equals_a_loop_over_the_past(product_spark, seed, features):
    orders, verdicts, cases = generated(seed)
    oracle = Oracle(orders, verdicts, cases, features)
    kept = ("order_id", "ds", *features.passthrough_columns, *features.slice_columns)
    assert found(product_spark, orders, verdicts, cases, features=features) == {
        o["order_id"]: {name: o.get(name) for name in kept} | oracle.features_of(o) for o in orders}


@pytest.mark.engine("sail")
def test_what_arrives_later_changes_nothing(product_spark):
    """Orders, verdicts and cases of the last weeks are taken away: those placed before are told the same."""
    orders, verdicts, cases = generated(3)
    cut = (BEGIN + 40 * DAY).date()
    before = [o for o in orders if o["ordered_at"].date() <= cut]
    chosen = f"to_date(ordered_at) <= DATE '{cut}' AND ds <= DATE '{cut}'"
    whole = found(product_spark, orders, verdicts, cases, chosen)
    assert whole and whole == found(product_spark, [o for o in before if o["ds"] <= cut],
                                    [v for v in verdicts if v["ds"] <= cut],
                                    [c for c in cases if c["ds"] <= cut], chosen)


@pytest.mark.engine("sail")
def test_features_of_the_last_days_alone_see_their_whole_windows(spark):
    orders, verdicts, cases = generated(3)
    oracle, since = Oracle(orders, verdicts, cases, ORDER), (BEGIN + 54 * DAY).date()
    rows = found(spark, orders, verdicts, cases, f"ds >= DATE '{since}'")
    expected = {o["order_id"]: oracle.features_of(o) for o in orders if o["ds"] >= since}
    assert {order: {c: row[c] for c in ORDER.columns} for order, row in rows.items()} == expected
    assert max(told["seller_order_count_30d_delayed_7d"] for told in expected.values()) > 0


def test_only_what_is_chosen_comes_out_and_without_responses_nothing_is_known(product_spark):
    orders, *_ = generated(4, 30)
    rows = found(product_spark, orders, None, None, "quantity = 2")
    assert set(rows) == {o["order_id"] for o in orders if o["quantity"] == 2}
    oracle = Oracle(orders, None, None, ORDER)
    for o in orders:
        if o["order_id"] in rows:
            told = oracle.features_of(o)
            assert {c: rows[o["order_id"]][c] for c in ORDER.columns} == told
            assert told["seller_fraud_count_1d_delayed_7d"] is told["seller_return_count_30d_delayed_7d"] is None


def test_a_share_of_cancelled_orders_counts_those_of_the_last_week_too(product_spark):
    placed = [{"order_id": f"o{n}", "ordered_at": BEGIN + n * DAY, "ds": (BEGIN + n * DAY).date(), "user_id": "u1",
               "seller_id": f"s{n}", "quantity": 1, "amount_cents": 100} for n in range(4)]
    cases = [{"case_id": f"c{n}-{kind}", "opened_at": BEGIN + (n + 0.5) * DAY, "ds": (BEGIN + n * DAY).date(),
              "seller_id": "s1", "order_id": f"o{n}", "kind": kind}
             for n, kind in ((0, "cancellation"), (2, "cancellation"), (2, "dispute"))]
    last = found(product_spark, placed, [], cases)["o3"]
    assert (last["user_cancellation_count_30d"], last["user_cancellation_rate_30d"]) == (2, 2 / 4)
    assert (last["user_dispute_count_30d_delayed_7d"], last["user_dispute_rate_30d_delayed_7d"]) == (0, 0.0)
