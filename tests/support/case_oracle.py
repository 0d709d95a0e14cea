"""The histories of a case by plain loops over all rows: what `jobs.after_sales.case_rows` must say."""

import datetime as dt
import math
from collections.abc import Iterator

from features.case.definitions import HISTORY_DAYS, PARTIES
from tests.support.case_tables import Tables, first_by

WHOSE = {"buyer": "user", "seller": "seller", "product": "product", "carrier": "carrier", "same_reason": "reason"}


class Oracle:
    """Tables as of a day, looked at case by case."""

    def __init__(self, tables: Tables, as_of: dt.date):
        self.as_of = as_of
        arrived = {name: [row for row in rows if row["ds"] <= as_of] for name, rows in tables.items()}
        self.cases = first_by(arrived["cases"], "case_id", "opened_at")
        self.orders = first_by(arrived["orders"], "order_id", "ordered_at")
        self.parcels = sorted(arrived["shipments"], key=lambda row: (row["ds"], row["shipped_at"], row["shipment_id"]))
        self.outcomes = sorted(arrived["case_outcomes"], key=lambda row: row["ds"])

    def keys(self, case: dict) -> dict[str, tuple[object, dt.date]]:
        """By dimension what a case counts for, and the day since which that is known; what is not known is left out."""
        order = self.orders.get(case["order_id"])
        carried = next((row for row in self.parcels if row["order_id"] == case["order_id"] and row["carrier"]), None)
        late = order and max(case["ds"], order["ds"])
        seller = case["seller_id"] or (order and order["seller_id"])
        since = case["ds"] if case["seller_id"] else late
        found = {"user": (case["user_id"], case["ds"]), "seller": (seller, since),
                 "product": (order and order["product_id"], late),
                 "carrier": (carried and carried["carrier"], carried and max(case["ds"], carried["ds"])),
                 "reason": ((seller, case["reason"]) if seller and case["reason"] else None, since)}
        return {name: known for name, known in found.items() if known[0] is not None}

    def own_key(self, case: dict, dimension: str) -> object | None:
        """What the history of a case is of. Its carrier is that of the parcel that was shipped last."""
        if dimension != "carrier":
            return self.keys(case).get(dimension, (None,))[0]
        mine = [row for row in self.parcels if row["order_id"] == case["order_id"]]
        return max(mine, key=lambda row: (row["shipped_at"], row["ds"]))["carrier"] if mine else None

    def is_recent(self, day: dt.date) -> bool:
        return self.as_of - dt.timedelta(days=HISTORY_DAYS) < day <= self.as_of

    def counts(self, case: dict, dimension: str) -> dict[str, int] | None:
        """Cases, closed ones, claimed and paid money and parties of a history; None without a key."""
        key = self.own_key(case, dimension)
        if key is None:
            return None
        found = dict.fromkeys(("cases", "closed", "claimed", "paid", *PARTIES), 0)
        for other in self.cases.values():
            known, since = self.keys(other).get(dimension, (None, None))
            if known != key or other["case_id"] == case["case_id"]:
                continue
            found["cases"] += self.is_recent(since)
            ends = [row for row in self.outcomes if row["case_id"] == other["case_id"]]
            if ends and self.is_recent(max(since, ends[0]["ds"])):
                found["closed"] += 1
                found["claimed"] += other["claim_cents"] or 0
                found["paid"] += ends[-1]["paid_cents"] or 0
                if ends[-1]["responsible"] in PARTIES:
                    found[ends[-1]["responsible"]] += 1
        return found

    def features(self, case: dict) -> Iterator[tuple[str, float | None]]:
        """Yield (feature, value) of everything that is a history."""
        of = {whose: self.counts(case, dimension) for whose, dimension in WHOSE.items()}
        for whose, counts in of.items():
            yield f"{whose}_cases", counts and counts["cases"]
            yield f"{whose}_closed", counts and counts["closed"]
            for party in PARTIES:
                yield f"{whose}_{party}_share", counts and divided(counts[party], counts["closed"])
        for whose, column in (("buyer", "user_id"), ("seller", "seller_id")):
            counts, key = of[whose], self.own_key(case, WHOSE[whose])
            orders = sum(row[column] == key and self.is_recent(row["ds"]) for row in self.orders.values())
            yield f"{whose}_orders", counts and orders
            yield f"{whose}_case_rate", counts and divided(counts["cases"], orders)
        yield "buyer_paid_share", of["buyer"] and divided(of["buyer"]["paid"], of["buyer"]["claimed"])
        yield "seller_reason_rate", (of["same_reason"] and
                                     divided(of["same_reason"]["cases"], of["seller"]["cases"]))

    def usual_grams(self, case: dict) -> float | None:
        """The geometric mean of the weights of the product's parcels, without those of the case's order."""
        order = self.orders.get(case["order_id"])
        first = first_by(self.parcels, "shipment_id", "shipped_at").values()
        logs = [math.log(row["weight_grams"]) for row in first if order and order["product_id"] and row["weight_grams"]
                and row["order_id"] != case["order_id"] and row["order_id"] in self.orders
                and self.orders[row["order_id"]]["product_id"] == order["product_id"]]
        return math.exp(sum(logs) / len(logs)) if logs else None


def divided(one: int, by: int) -> float | None:
    return one / by if by else None
