"""Windows as of a day in plain Python loops, written independently of features/aggregation/tiles.py and windows.py.

SQL is looked up here and not parsed: every condition and expression of a feature has a line below. Its meaning is
therefore written down twice. tests/features/aggregation/test_windows.py compares both on generated events.
"""

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from features.inputs import text_patterns
from features.inputs.contract import AsOfJoin, Source
from features.language.feature import Attribute, Change, Feature, Peer, Ratio
from features.language.feature_set import FeatureSet

Event = dict[str, Any]


def words(text: str | None) -> set[str]:
    """Return the distinct words of a text: runs of letters in lower case."""
    return set(re.findall(r"[^\W\d_]+", (text or "").lower()))


def signature(text: str | None, least: int) -> str | None:
    """Return a digest that is equal for texts of the same words; None for texts with fewer than `least` words."""
    return hashlib.md5(" ".join(sorted(words(text))).encode()).hexdigest() if len(words(text)) >= least else None


def demands_money(text: str | None) -> bool:
    asks = ("pay me", "send me", "transfer", "gift card", "cash", "voucher", "compensat", "unless you", "or i will")
    offers = (f"{verb} {which} {what}" for verb in ("remove", "delete", "change", "take down")
              for which in ("this", "my", "the") for what in ("review", "rating"))
    return any(phrase in (text or "").lower() for phrase in (*asks, *offers))


def tells_of_a_leak(text: str | None) -> bool:
    knew = (f"knew {what}" for what in ("my", "the", "about", "what", "which", "exactly"))
    had = (f"had my {what}" for what in ("order", "address", "name", "phone", "number"))
    spoke = (f"{who} {did}" for who in ("someone", "somebody", "stranger", "caller", "scammer")
             for did in ("called", "phoned", "wrote", "texted", "messaged"))
    about = (f"my {of}{what}" for of in ("", "personal ") for what in ("data", "details", "information"))
    alone = ("scam", "phishing", "phone call", "called me", "pretend", "leak")
    return any(phrase in (text or "").lower() for phrase in (*knew, *had, *spoke, *about, *alone))


def hours_to_ship(e: Event) -> int | None:
    """Return the whole hours from the order to its parcel, None without an order."""
    if e["ordered_at"] is None:
        return None
    return int((e["shipped_at"] - e["ordered_at"]).total_seconds() // 3600)


def just_over_a_round_sum(e: Event) -> bool:
    if e["campaign_id"] is None or e["amount_cents"] is None:
        return False
    return (e["amount_cents"] + (e["discount_cents"] or 0)) % 1000 in range(50)


def returned_late(e: Event) -> bool:
    return (e["kind"] == "return" and e["ordered_at"] is not None
            and (e["opened_at"].date() - e["ordered_at"].date()).days >= 7)


CONDITIONS: dict[str, Callable[[Event], bool]] = {
    "NOT succeeded": lambda e: not e["succeeded"],
    "campaign_id IS NOT NULL": lambda e: e["campaign_id"] is not None,
    "campaign_id IS NOT NULL AND (amount_cents + coalesce(discount_cents, 0)) % 1000 < 50": just_over_a_round_sum,
    "change = 'address'": lambda e: e["change"] == "address",
    "change = 'password'": lambda e: e["change"] == "password",
    "change = 'payout'": lambda e: e["change"] == "payout",
    "delivered_at IS NULL": lambda e: e["delivered_at"] is None,
    "dwell_ms < 1000": lambda e: e["dwell_ms"] is not None and e["dwell_ms"] < 1000,
    "dwell_ms IS NOT NULL": lambda e: e["dwell_ms"] is not None,
    "evidence_id IS NOT NULL": lambda e: e["evidence_id"] is not None,
    "exported": lambda e: e["exported"] is True,
    "exported AND hour(accessed_at) < 6": lambda e: e["exported"] is True and e["accessed_at"].hour in range(6),
    "hour(accessed_at) < 6": lambda e: e["accessed_at"].hour < 6,
    "hour(clicked_at) < 6": lambda e: e["clicked_at"].hour < 6,
    "hour(ordered_at) < 6": lambda e: e["ordered_at"].hour < 6,
    "kind = 'cancellation'": lambda e: e["kind"] == "cancellation",
    "kind = 'cashback'": lambda e: e["kind"] == "cashback",
    "kind = 'coupon'": lambda e: e["kind"] == "coupon",
    "kind = 'dispute'": lambda e: e["kind"] == "dispute",
    "kind = 'referral'": lambda e: e["kind"] == "referral",
    "kind = 'refund'": lambda e: e["kind"] == "refund",
    "kind = 'return'": lambda e: e["kind"] == "return",
    "kind = 'return' AND datediff(CAST(opened_at AS date), CAST(ordered_at AS date)) >= 7": returned_late,
    "kind IN ('return', 'cancellation')": lambda e: e["kind"] in ("return", "cancellation"),
    "ordered_at <= shipped_at": lambda e: e["ordered_at"] is not None and e["ordered_at"] <= e["shipped_at"],
    "rating = 1": lambda e: e["rating"] == 1,
    "rating = 5": lambda e: e["rating"] == 5,
    f"rating = 5 AND {text_patterns.IS_EMPTY}": lambda e: e["rating"] == 5 and not (e["text"] or "").strip(" "),
    f"rating <= 2 AND {text_patterns.DEMANDS_MONEY}": lambda e: e["rating"] in (1, 2) and demands_money(e["text"]),
    "reason = 'item_not_received'": lambda e: e["reason"] == "item_not_received",
    "reason = 'item_not_received' AND delivered_at IS NOT NULL":
        lambda e: e["reason"] == "item_not_received" and e["delivered_at"] is not None,
    "reason = 'unauthorised'": lambda e: e["reason"] == "unauthorised",
    "responsible = 'buyer'": lambda e: e["responsible"] == "buyer",
    "responsible = 'seller'": lambda e: e["responsible"] == "seller",
    "succeeded AND change <> 'none'": lambda e: e["succeeded"] and e["change"] != "none",
    "tracking_id IS NOT NULL": lambda e: e["tracking_id"] is not None,
    "user_id IS NULL": lambda e: e["user_id"] is None,
    "weight_grams < 50": lambda e: e["weight_grams"] is not None and e["weight_grams"] < 50,
    "weight_grams IS NOT NULL": lambda e: e["weight_grams"] is not None,
    text_patterns.has_word_count(5): lambda e: len(words(e["text"])) >= 5,
    text_patterns.has_word_count(8): lambda e: len(words(e["text"])) >= 8,
    text_patterns.MENTIONS_A_LEAK: lambda e: tells_of_a_leak(e["text"]),
}

EXPRESSIONS: dict[str, Callable[[Event], Any]] = {
    **{name: itemgetter(name) for name in (
        "address_id", "amount_cents", "app_id", "claim_cents", "device_id", "discount_cents", "dwell_ms",
        "evidence_id", "ip", "operator_id", "orders_read", "paid_cents", "payment_id", "product_id", "quantity",
        "rating", "seller_id", "tracking_id", "user_id", "weight_grams")},
    "(unix_timestamp(shipped_at) - unix_timestamp(ordered_at)) div 3600": hours_to_ship,
    "hour(ordered_at) * 60 + minute(ordered_at)": lambda e: f"{e['ordered_at']:%H:%M}",
    "unix_timestamp(clicked_at) div 60": lambda e: f"{e['clicked_at']:%Y-%m-%d %H:%M}",
    text_patterns.signature(5): lambda e: signature(e["text"], 5),
    text_patterns.signature(8): lambda e: signature(e["text"], 8),
}

ACCOUNTS: dict[str, Callable[[Event, dt.date], int | None]] = {
    "datediff(as_of, CAST(registered_at AS date))": lambda row, as_of: (as_of - row["registered_at"].date()).days,
    "followers": lambda row, as_of: row["followers"],
    "CAST(payout_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["payout_id"] is not None),
    "CAST(phone_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["phone_id"] is not None),
    "CAST(referrer_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["referrer_id"] is not None),
    "CAST(user_id IS NOT NULL AS bigint)": lambda row, as_of: int(row["user_id"] is not None),
}

QUARTER = 90  # an entity with an event or a registration within so many days gets a row


def features_as_of(features: FeatureSet, events: Mapping[str, Sequence[Event]], registrations: Sequence[Event] | None,
                   first_days: Mapping[str, dt.date], as_ofs: Sequence[dt.date]) -> dict[tuple, dict[str, Any]]:
    """Return every slice and every column of `features.base_columns` by (as_of, entity id).

    Args:
        events: rows by table name, each with `ds`; joined rows are built here.
        registrations: registration rows, at most one per entity and `ds`; None where the table never arrived.
        first_days: the first arrival day by table name.
    """
    entities = defaultdict(lambda: ([], []))  # its events, as (source name, event), and its registrations
    for source in features.sources:
        for event in rows_of_source(source, events):
            entities[event[features.id]][0].append((source.name, event))
    for row in registrations or ():
        entities[row[features.id]][1].append(row)
    entities.pop(None, None)
    rows = {}
    for as_of in as_ofs:
        for entity, (entity_events, registrations) in entities.items():
            entity_as_of = _EntityAsOf(features, entity_events, registrations, first_days, as_of)
            if entity_as_of.is_recent():
                rows[as_of, entity] = entity_as_of.row()
    for key, row in rows.items():
        peers = [other for (as_of, _), other in rows.items() if as_of == key[0]]
        row |= {peer.columns[0]: against_peers(features, peer, row, peers) for peer in features.of_type(Peer)}
    return rows


def rows_of_source(source: Source, events: Mapping[str, Sequence[Event]]) -> list[Event]:
    """Return the rows of a table, or the rows of an as-of join."""
    if not all(table.name in events for table in source.tables):
        return []
    if not isinstance(source, AsOfJoin):
        return list(events[source.name])
    by_key = defaultdict(list)
    for row in events[source.right.name]:
        by_key[row[source.on]].append(row)
    by_key.pop(None, None)
    rows = []
    for left in events[source.left.name]:
        arrived = [row for row in by_key.get(left[source.on], ())
                   if left["ds"] - dt.timedelta(days=source.days) <= row["ds"] <= left["ds"]]
        latest = max(arrived, key=itemgetter("ds", source.right.event_time, source.right.key), default={})
        rows.append(left | {name: latest.get(name) for name in source.take})
    return rows


def against_peers(features: FeatureSet, peer: Peer, row: Event, rows: Sequence[Event]) -> float | None:
    """Return the row's value divided by the value of its peers: all rows of the day with the same columns `by`."""
    peer_rows = [other for other in rows if all(other[name] == row[name] for name in peer.by)]
    of = next(d for d in features.definitions if d.name == peer.of)

    def present(name: str) -> list:
        return [value for other in peer_rows if (value := other[f"{name}_{peer.window}d"]) is not None]

    if isinstance(of, Ratio):
        peer_value = _divided(sum(present(of.of)), sum(present(of.to))) if present(of.of) else None
    else:
        peer_value = _divided(sum(present(peer.of)), len(present(peer.of)))
    return _divided(row[f"{peer.of}_{peer.window}d"], peer_value)


class _EntityAsOf:
    """One entity as of one day."""

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
        row = {name: self.account[name] if self.account else None for name in self.features.slice_columns}
        for d in self.features.definitions:
            if isinstance(d, Attribute):
                row[d.name] = _line("ACCOUNTS", d.value)(self.account, self.as_of) if self.account else None
            elif isinstance(d, Change):
                row[f"{d.name}_{span(d.short)}_to_{span(d.long)}"] = self.change(d)
            elif isinstance(d, Feature | Ratio):
                row |= {f"{d.name}_{span(window)}": self.value(d, window) for window in d.windows}
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
        # A joined source is known once all its tables are.
        firsts = [self.first_days.get(table.name) for table in feature.source.tables]
        if None in firsts or self.as_of < max(firsts):
            return None
        matches = _line("CONDITIONS", feature.where) if feature.where else lambda event: True
        inside = [event for table, event in self.events
                  if table == feature.source.name and 0 <= self.age(event) < window and matches(event)]
        if feature.aggregation == "count":
            return len(inside)
        if feature.aggregation in ("first", "last"):
            ages = [(self.as_of - event[feature.source.event_time].date()).days for event in inside]
            return (max if feature.aggregation == "first" else min)(ages, default=None)
        expression = _line("EXPRESSIONS", feature.expression)
        present = [value for value in map(expression, inside) if value is not None]
        return {"sum": sum, "distinct": lambda values: len(set(values)),
                "min": lambda values: min(values, default=None),
                "max": lambda values: max(values, default=None)}[feature.aggregation](present)


def span(days: int) -> str:
    return f"{days}d" if days <= QUARTER else "lifetime"


def _divided(numerator: float | None, denominator: float | None, times: int = 1, by: int = 1) -> float | None:
    if numerator is None or not denominator:
        return None
    return float(numerator) * times / (float(denominator) * by)


def _line(where: str, text: str) -> Callable:
    """Return the Python function of an SQL text.

    Raises:
        KeyError: the SQL text has no line here.
    """
    lines = globals()[where]
    if text not in lines:
        arguments = "row, as_of" if where == "ACCOUNTS" else "e"
        raise KeyError(f"tests/support/oracle/windows.py does not know {text!r}. "
                       f"Add to {where}:\n    {text!r}: lambda {arguments}: ...,")
    return lines[text]
