"""Generated worlds: some months of a small marketplace, in which every feature in use has something to count.

Half of the rows arrive at the edge of a window. Texts, names and numbers are drawn from few values, so that
things repeat; facts of other tables arrive before, at, and just outside the reach of a join.
"""

import datetime as dt
import random
from dataclasses import dataclass

from features.inputs.tables import CASE_OUTCOMES, CASES, INCENTIVES, LOGINS
from tests.support.builders import TODAY, YESTERDAY, ago, at, day

LONG_AGO = day("2026-01-01")
ORDERS_MADE = 400


AS_OFS = [TODAY, ago(36), ago(7), YESTERDAY]
EDGES = (-1, 0, 1, 6, 7, 29, 30, 89, 90)
# Days from an order to what follows it: a join looks back 45 days.
LATER = (-2, 0, 1, 3, 9, 20, 44, 45, 46)

TEXTS = (
    None, "", "  ", "good", "Very good, thanks!", "fast delivery and a very good product",
    "A very good product, and FAST delivery!!", "5 stars for the shop: fast delivery and a very good product",
    "For the shop, stars, stars! A very good product and fast delivery", "the colour is not what the picture shows",
    "déjà cassé à l'arrivée, quelle déception", "Pay me 20 or I will write worse", "send me a voucher then",
    "remove this review? Only for a gift card", "a caller knew my order and my address", "this is a scam",
    "somebody called about the parcel", "came late",
)

REASONS = (None, "damaged", "unauthorised", "item_not_received", "item_not_received")


@dataclass(frozen=True)
class World:
    """Some months of a small marketplace."""

    events: dict[str, list[dict]]
    accounts: dict[str, list[dict] | None]

    @property
    def first_days(self) -> dict[str, dt.date]:
        return {name: min(row["ds"] for row in rows) for name, rows in self.events.items()}


def world(seed, cases_from=LONG_AGO, without=()) -> World:
    """Events with nulls, late arrivals, repeated content and guests, half of them at the edge of a window."""
    draw = random.Random(seed)
    orders = [generated_order(draw, n) for n in range(ORDERS_MADE)]
    orders += again(draw, orders)
    cases = [row for n in range(300) if (row := generated_case(draw, n, orders))["ds"] >= cases_from]
    events = {"orders": orders, "cases": cases,
              "shipments": [generated_shipment(draw, n, orders) for n in range(350)],
              "reviews": [generated_review(draw, n) for n in range(300)],
              "clicks": [generated_click(draw, n) for n in range(600)],
              "logins": [generated_login(draw, n) for n in range(400)],
              "incentives": [generated_grant(draw, n) for n in range(250)],
              "case_outcomes": [generated_outcome(draw, case) for case in draw.choices(cases, k=220)],
              "accesses": [generated_access(draw, n) for n in range(250)]}
    accounts = {"sellers": registrations(draw, "seller_id", "s", 16), "users": registrations(draw, "user_id", "u", 28),
                "creators": registrations(draw, "creator_id", "k", 10)}
    return World({name: once_a_day(rows) for name, rows in events.items() if name not in without},
                 {name: None if name in without else rows for name, rows in accounts.items()})


def arrival(draw) -> dt.date:
    return ago(draw.choice(EDGES), draw.choice(AS_OFS)) if draw.random() < 0.5 else ago(draw.randrange(-5, 135))


def after(draw, earlier: dict) -> dt.date:
    """The day of what follows a row, sometimes too late to know of it, sometimes too early."""
    return ago(-draw.choice(LATER), earlier["ds"]) if draw.random() < 0.7 else arrival(draw)


def some(draw, prefix, n, missing=0.1):
    """One of n names, the first ones most often, or nothing."""
    return None if draw.random() < missing else f"{prefix}{int(n * draw.random() ** 2)}"


def moment(draw, arrived) -> dt.datetime:
    late = draw.choice([0, 0, 0, 1, 8, 45])
    return at(ago(late, arrived), draw.randrange(24), draw.choice([0, 0, 30]))


def again(draw, orders) -> list[dict]:
    """Rows that come twice: the same content under another key, and the same key with other content."""
    copies = [row | {"order_id": row["order_id"] + "+", "ds": draw.choice([row["ds"], arrival(draw)])}
              for row in draw.sample(orders, 40)]
    corrected = [row | {"creator_id": some(draw, "k", 8), "quantity": draw.randrange(1, 40), "ds": after(draw, row)}
                 for row in draw.sample(orders, 60)]
    return copies + corrected


def once_a_day(rows) -> list[dict]:
    """Ingest lets a key through once a day; the first column is the key."""
    return list({(next(iter(row.values())), row["ds"]): row for row in rows}.values())


def generated_order(draw, n) -> dict:
    ds = arrival(draw)
    return {"order_id": f"o{n}", "ordered_at": moment(draw, ds), "user_id": some(draw, "u", 24),
            "seller_id": some(draw, "s", 14, missing=0.02), "creator_id": some(draw, "k", 8, missing=0.4),
            "product_id": some(draw, "p", 5), "category": some(draw, "C", 3), "quantity": draw.randrange(1, 4),
            "amount_cents": draw.choice([0, 1, 99, 100, 12_345, 10**12, None]),
            "discount_cents": draw.choice([None, 0, 7, 951, 1_000]), "campaign_id": some(draw, "m", 2, missing=0.5),
            "payment_id": some(draw, "c", 6), "device_id": some(draw, "d", 6), "ip": some(draw, "i", 6),
            "address_id": some(draw, "a", 6), "ds": ds}


def generated_case(draw, n, orders) -> dict:
    about = draw.choice(orders)
    ds = after(draw, about)
    return {"case_id": f"c{n}", "opened_at": moment(draw, ds), "user_id": some(draw, "u", 24),
            "seller_id": some(draw, "s", 14, missing=0.02),
            "order_id": draw.choice([about["order_id"], about["order_id"], None, "unheard of"]),
            "kind": draw.choice(CASES.column("kind").values), "claim_cents": draw.choice([None, 0, 500, 99_999]),
            "reason": draw.choice(REASONS),
            "evidence_id": some(draw, "e", 5, missing=0.4), "text": draw.choice(TEXTS), "ds": ds}


def generated_shipment(draw, n, orders) -> dict:
    about = draw.choice(orders)
    ds = after(draw, about)
    shipped = draw.choice([moment(draw, ds), about["ordered_at"], about["ordered_at"] + dt.timedelta(minutes=61)])
    return {"shipment_id": f"p{n}", "shipped_at": shipped,
            "order_id": draw.choice([about["order_id"], about["order_id"], f"o{draw.randrange(ORDERS_MADE)}"]),
            "seller_id": some(draw, "s", 14, missing=0.02), "carrier": some(draw, "C", 3),
            "tracking_id": some(draw, "t", 40, missing=0.2),
            "weight_grams": draw.choice([None, 0, 49, 50, 900]),
            "delivered_at": draw.choice([None, shipped + dt.timedelta(hours=40)]), "ds": ds}


def generated_review(draw, n) -> dict:
    ds = arrival(draw)
    return {"review_id": f"r{n}", "reviewed_at": moment(draw, ds), "order_id": some(draw, "o", ORDERS_MADE),
            "user_id": some(draw, "u", 24), "seller_id": some(draw, "s", 14, missing=0.02),
            "rating": draw.choice([1, 1, 2, 3, 5, 5]), "text": draw.choice(TEXTS), "ds": ds}


def generated_click(draw, n) -> dict:
    ds = arrival(draw)
    return {"click_id": f"i{n}", "clicked_at": moment(draw, ds), "user_id": some(draw, "u", 24),
            "device_id": some(draw, "d", 6), "ip": some(draw, "i", 6), "seller_id": some(draw, "s", 14),
            "product_id": some(draw, "p", 5), "creator_id": some(draw, "k", 8, missing=0.4),
            "dwell_ms": draw.choice([None, 0, 999, 999, 1_000, 30_000]), "ds": ds}


def generated_login(draw, n) -> dict:
    ds = arrival(draw)
    return {"login_id": f"l{n}", "logged_in_at": moment(draw, ds), "user_id": some(draw, "u", 24, missing=0.0),
            "device_id": some(draw, "d", 6), "ip": some(draw, "i", 6), "succeeded": draw.random() < 0.6,
            "change": draw.choice(LOGINS.column("change").values), "ds": ds}


def generated_grant(draw, n) -> dict:
    ds = arrival(draw)
    return {"grant_id": f"g{n}", "granted_at": moment(draw, ds), "user_id": some(draw, "u", 24, missing=0.0),
            "campaign_id": some(draw, "m", 2), "kind": draw.choice(INCENTIVES.column("kind").values),
            "amount_cents": draw.choice([0, 500, 10**12]), "order_id": some(draw, "o", ORDERS_MADE),
            "invitee_id": some(draw, "u", 24, missing=0.7), "ds": ds}


def generated_outcome(draw, case) -> dict:
    ds = after(draw, case)
    return {"case_id": draw.choice([case["case_id"], case["case_id"], "unheard of"]), "closed_at": moment(draw, ds),
            "outcome": None, "responsible": draw.choice(CASE_OUTCOMES.column("responsible").values[:3]),
            "paid_cents": draw.choice([None, 0, 500]), "appealed": draw.choice([None, True, False]), "ds": ds}


def generated_access(draw, n) -> dict:
    ds = arrival(draw)
    return {"access_id": f"x{n}", "accessed_at": moment(draw, ds), "seller_id": some(draw, "s", 14, missing=0.0),
            "operator_id": some(draw, "w", 5), "app_id": some(draw, "y", 3),
            "orders_read": draw.choice([0, 1, 40, 900]), "exported": draw.choice([None, True, True, False]), "ds": ds}


def registrations(draw, key, prefix, n) -> list[dict]:
    """Some entities twice, some never, and some of whom nothing else is known."""
    rows = []
    for number in range(n):
        for ds in sorted({arrival(draw) for _ in range(draw.choice([0, 1, 1, 2]))}):
            row = {"registered_at": moment(draw, ds), "region": some(draw, "R", 3),
                   "category": some(draw, "C", 2), "payout_id": some(draw, "b", 3, missing=0.5),
                   "phone_id": some(draw, "t", 9, missing=0.5), "referrer_id": some(draw, "u", 9, missing=0.5),
                   "user_id": some(draw, "u", 9, missing=0.5), "followers": draw.choice([None, 0, 5_000]), "ds": ds}
            rows.append(row | {key: f"{prefix}{number}"})
    return rows


WORLDS = {"whole": world(1), "cases begin late": world(2, cases_from=ago(10)),
          "no cases and no registrations": world(3, without=("cases", "sellers", "users"))}

CHECKED = [("whole", "seller"), ("whole", "user"), ("whole", "creator"), ("cases begin late", "seller"),
           ("cases begin late", "creator"), ("no cases and no registrations", "user")]
