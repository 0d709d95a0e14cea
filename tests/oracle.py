"""The features in plain Python loops: slow, obvious, and written apart from features/tiles.py and windows.py.

SQL is looked up here, not parsed: every condition and expression that a feature uses has its line below, so
that what it means has been written down twice. tests/test_windows.py compares both on generated events.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from features.feature import Account, Change, Feature, FeatureSet, Ratio

Event = dict[str, Any]

CONDITIONS: dict[str, Callable[[Event], bool]] = {
    "user_id IS NULL": lambda e: e["user_id"] is None,
    "campaign_id IS NOT NULL": lambda e: e["campaign_id"] is not None,
    "evidence_id IS NOT NULL": lambda e: e["evidence_id"] is not None,
    "hour(ordered_at) < 6": lambda e: e["ordered_at"].hour < 6,
    "kind = 'cancellation'": lambda e: e["kind"] == "cancellation",
    "kind = 'dispute'": lambda e: e["kind"] == "dispute",
    "kind = 'refund'": lambda e: e["kind"] == "refund",
    "kind = 'return'": lambda e: e["kind"] == "return",
    "reason = 'item_not_received'": lambda e: e["reason"] == "item_not_received",
}

EXPRESSIONS: dict[str, Callable[[Event], Any]] = {
    "address_id": itemgetter("address_id"),
    "amount_cents": itemgetter("amount_cents"),
    "claim_cents": itemgetter("claim_cents"),
    "device_id": itemgetter("device_id"),
    "discount_cents": itemgetter("discount_cents"),
    "evidence_id": itemgetter("evidence_id"),
    "ip": itemgetter("ip"),
    "payment_id": itemgetter("payment_id"),
    "product_id": itemgetter("product_id"),
    "quantity": itemgetter("quantity"),
    "seller_id": itemgetter("seller_id"),
    "user_id": itemgetter("user_id"),
}

ACCOUNTS: dict[str, Callable[[Event, dt.date], int]] = {
    "datediff(as_of, CAST(registered_at AS date))": lambda row, as_of: (as_of - row["registered_at"].date()).days,
    "CAST(payout_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["payout_id"] is not None),
    "CAST(phone_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["phone_id"] is not None),
    "CAST(referrer_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["referrer_id"] is not None),
}

QUARTER = 90  # days within which an entity must have been seen to get a row


def features_as_of(features: FeatureSet, events: Mapping[str, Sequence[Event]], accounts: Sequence[Event] | None,
                   first_days: Mapping[str, dt.date], as_ofs: Sequence[dt.date]) -> dict[tuple, dict[str, Any]]:
    """Every slice and feature column by (as_of, entity id).

    Args:
        events: rows by table name, each with `ds`.
        accounts: registration rows, at most one per entity and `ds`; None for a table that never arrived.
        first_days: first arrival day by table name.
    """
    entities = defaultdict(lambda: ([], []))  # its events, as (table name, event), and its registrations
    for table in features.sources:
        for event in events.get(table.name, ()):
            entities[event[features.id]][0].append((table.name, event))
    for row in accounts or ():
        entities[row[features.id]][1].append(row)
    entities.pop(None, None)
    found = {}
    for as_of in as_ofs:
        for entity, (mine, registrations) in entities.items():
            seen = _Seen(features, mine, registrations, first_days, as_of)
            if seen.is_recent():
                found[as_of, entity] = seen.row()
    return found


class _Seen:
    """One entity as it was seen on one day."""

    def __init__(self, features, events, registrations, first_days, as_of):
        self.features, self.events, self.first_days, self.as_of = features, events, first_days, as_of
        arrived = [row for row in registrations if row["ds"] <= as_of]
        self.account = max(arrived, key=itemgetter("ds"), default=None)

    def age(self, event: Event) -> int:
        return (self.as_of - event["ds"]).days

    def is_recent(self) -> bool:
        registered = [self.account] if self.account else []
        return any(0 <= self.age(e) < QUARTER for e in [*registered, *(event for _, event in self.events)])

    def row(self) -> dict[str, Any]:
        row = {name: self.account[name] if self.account else None for name in self.features.slices}
        for d in self.features.definitions:
            if isinstance(d, Account):
                row[d.name] = _line("ACCOUNTS", d.value)(self.account, self.as_of) if self.account else None
            elif isinstance(d, Change):
                row[f"{d.name}_{d.short}d_to_{d.long}d"] = self.change(d)
            else:
                row |= {f"{d.name}_{window}d": self.value(d, window) for window in d.windows}
        return row

    def value(self, d: Feature | Ratio, window: int) -> float | None:
        if isinstance(d, Feature):
            return self.aggregate(d, window)
        return _divided(self.value(self.named(d.of), window), self.value(self.named(d.to), window))

    def change(self, d: Change) -> float | None:
        part = self.named(d.of)
        short, long = self.value(part, d.short), self.value(part, d.long)
        if isinstance(part, Feature) and part.agg.startswith(("count(", "sum(")):
            return _divided(short, long, d.long, d.short)
        return _divided(short, long)

    def named(self, name: str) -> Feature | Ratio:
        return next(d for d in self.features.definitions if d.name == name)

    def aggregate(self, feature: Feature, window: int) -> int | None:
        first = self.first_days.get(feature.source.name)
        if first is None or self.as_of < first:
            return None
        met = _line("CONDITIONS", feature.where) if feature.where else lambda event: True
        inside = [event for table, event in self.events
                  if table == feature.source.name and 0 <= self.age(event) < window and met(event)]
        if feature.measure == "count":
            return len(inside)
        if feature.measure in ("first", "last"):
            ages = [(self.as_of - event[feature.source.event_time].date()).days for event in inside]
            return (max if feature.measure == "first" else min)(ages, default=None)
        expression = _line("EXPRESSIONS", feature.expression)
        present = [value for value in map(expression, inside) if value is not None]
        return {"sum": sum, "distinct": lambda values: len(set(values)),
                "min": lambda values: min(values, default=None),
                "max": lambda values: max(values, default=None)}[feature.measure](present)


def _divided(over: float | None, under: float | None, times: int = 1, by: int = 1) -> float | None:
    if over is None or not under:
        return None
    return float(over) * times / (float(under) * by)


def _line(where: str, text: str) -> Callable:
    """What a SQL text means.

    Raises:
        KeyError: nobody has written it down yet.
    """
    lines = globals()[where]
    if text not in lines:
        arguments = "row, as_of" if where == "ACCOUNTS" else "e"
        raise KeyError(f"tests/oracle.py does not know {text!r}. "
                       f"Add to {where}:\n    {text!r}: lambda {arguments}: ...,")
    return lines[text]
