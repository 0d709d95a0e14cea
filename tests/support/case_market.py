"""A small lake with after-sales cases, made by hand: closed ones whose evidence says who is at fault, and open ones."""

import datetime as dt
from pathlib import Path

from tests.support.arrow_lake import land
from tests.support.builders import TODAY, ago, at

REASONS = ("item_not_received", "damaged")
CLOSED = 40  # cases; every second one is the seller's fault, who admits it
OPENED = 60  # days ago, of the first of them
WAIT = 6  # days from the case to its outcome


def case_market(root: Path, **more: list[dict]) -> None:
    """Commit users, sellers, orders, parcels, listings, cases, their words and their outcomes.

    Closed are c00 to c39: of an even number the seller is at fault and says so, of an odd one the buyer, whose story
    changes. `open` of yesterday is like an even one.

    Args:
        more: by table, further rows.
    """
    tables: dict[str, list[dict]] = {
        "users": [{"user_id": f"u{n}", "region": "islands" if n else "coast", "registered_at": at(ago(200)),
                   "ds": ago(200)} for n in range(4)],
        "sellers": [{"seller_id": "s1", "region": "coast", "registered_at": at(ago(20)), "ds": ago(20)}],
        "listings": [{"listing_version_id": f"v{n}", "changed_at": at(ago(90 - 89 * n)), "product_id": "p1",
                      "seller_id": "s1", "title": f"A lamp, version {n}", "description": "It shines.",
                      "price_cents": 2_000, "ds": ago(90 - 89 * n)} for n in range(2)]}
    for number in range(CLOSED):
        _add(tables, f"c{number:02}", ago(OPENED - number), number, is_closed=True)
    _add(tables, "open", ago(1), 0, is_closed=False)
    for table in {*tables, *more}:
        land(root, table, tables.get(table, []) + more.get(table, []))


def _add(tables: dict[str, list[dict]], case: str, day: dt.date, number: int, is_closed: bool) -> None:
    order, is_seller = f"o-{case}", number % 2 == 0
    rows = {
        "orders": {"order_id": order, "ordered_at": at(day - dt.timedelta(5)), "user_id": f"u{number % 4}",
                   "seller_id": "s1", "product_id": "p1", "category": "lamps", "quantity": 1, "amount_cents": 2_000,
                   "discount_cents": 0, "ship_by": at(day - dt.timedelta(4)), "ds": day - dt.timedelta(5)},
        "shipments": {"shipment_id": f"h-{case}", "shipped_at": at(day - dt.timedelta(4)), "order_id": order,
                      "seller_id": "s1", "carrier": "post", "weight_grams": 500, "handover": "door",
                      "delivered_at": at(day - dt.timedelta(2)), "ds": day - dt.timedelta(2)},
        "cases": {"case_id": case, "opened_at": at(day), "order_id": order, "user_id": f"u{number % 4}",
                  "seller_id": "s1", "kind": "refund", "reason": REASONS[number // 2 % 2],
                  "claim_cents": 1_000 + number, "text": f"complaint of {case}", "ds": day},
        "messages": {"message_id": f"m-{case}", "sent_at": at(day, 13), "case_id": case,
                     "role": "seller" if is_seller else "buyer", "ds": day,
                     "text": "it was our mistake" if is_seller else "maybe it was not damaged"}}
    if is_closed:
        end = day + dt.timedelta(WAIT)
        rows["case_outcomes"] = {"case_id": case, "closed_at": at(end),
                                 "outcome": "refunded" if is_seller else "denied", "appealed": False,
                                 "responsible": "seller" if is_seller else "buyer",
                                 "paid_cents": 1_000 if is_seller else 0, "ds": end,
                                 "second_responsible": "seller" if number % 4 in (0, 3) else None}
    for table, row in rows.items():
        assert row["ds"] <= TODAY
        tables.setdefault(table, []).append(row)
