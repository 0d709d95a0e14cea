"""Features at an event in plain Python loops: every order reads all orders of the past again."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from features.language.feature import Attribute, Change, Feature, Ratio, RelativeToHistory, adds_up
from features.language.feature_set import FeatureSet
from tests.support.oracle import labels

Row = dict[str, Any]

AFTER_SALES = ("dispute", "return", "cancellation")  # each has the name of its kind of case

PLACED: dict[str, Callable[[Row], int | None]] = {
    "amount": lambda o: o["amount_cents"],
    "discount": lambda o: o["discount_cents"] or 0,
    "quantity": lambda o: o["quantity"],
    "is_guest": lambda o: int(o["user_id"] is None),
    "hour": lambda o: o["ordered_at"].hour,
    "is_weekend": lambda o: int(o["ordered_at"].isoweekday() >= 6),
    "is_night": lambda o: int(o["ordered_at"].hour in range(7)),  # the Handbook's night, an hour longer than ours
}


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


class Oracle:
    """The features of each order as of the moment it was placed."""

    def __init__(self, orders: Sequence[Row], verdicts: Sequence[Row] | None, cases: Sequence[Row] | None,
                 features: FeatureSet):
        self.orders, self.verdicts, self.cases, self.features = orders, verdicts, cases, features

    def features_of(self, order: Row) -> Row:
        """Return every feature column of an order."""
        row: Row = {}
        for d in self.features.of_type(Attribute):
            row[d.name] = PLACED[d.name](order)
        for d in self.features.of_type(Feature):
            row |= {column: self.value(d, window, order) for window, column in zip(d.windows, d.columns)}
        for d in self.features.of_type(Ratio):
            delay = f"_delayed_{d.delay}d" if d.delay else ""
            for window, column in zip(d.windows, d.columns):
                numerator, denominator = (row[f"{part}_{window}d{delay}"] for part in (d.of, d.to))
                row[column] = (d.if_denominator_zero if denominator == 0
                               else None if numerator is None or denominator is None else numerator / denominator)
        for d in self.features.of_type(RelativeToHistory):
            denominator = row[f"{d.to}_{d.window}d"]
            row[d.columns[0]] = row[d.of] / denominator if denominator else None
        for d in self.features.of_type(Change):
            short, long = (row[f"{d.of}_{window}d"] for window in (d.short, d.long))
            assert not adds_up(self.features.named(d.of)), "this oracle compares no daily means of counts and sums"
            row[d.columns[0]] = short / long if long and short is not None else None
        return row

    def value(self, feature: Feature, window: int, order: Row) -> int | None:
        source = self.cases if feature.risk in AFTER_SALES else self.verdicts
        if order[feature.by] is None or (feature.risk and source is None):
            return None
        now = order["ordered_at"]
        until = now - dt.timedelta(days=feature.delay)
        rows = [o for o in self.orders if o[feature.by] == order[feature.by]
                and (self.arrived(o, order) or o is order and not feature.risk)
                and until - dt.timedelta(days=window) < o["ordered_at"] <= until
                and (not feature.risk or self.stands(o, feature.risk, now))]
        if feature.aggregation in ("first", "last"):
            earlier = sorted(o["ordered_at"] for o in rows if o["ordered_at"] < now)
            return int((now - earlier[0 if feature.aggregation == "first"
                                      else -1]).total_seconds()) if earlier else None
        if feature.aggregation == "count":
            return len(rows)
        values = [o[feature.expression] for o in rows if o[feature.expression] is not None]
        if feature.aggregation == "distinct":
            return len(set(values))
        return sum(values) if feature.aggregation == "sum" else {"min": min, "max": max}[feature.aggregation](
            values, default=None)

    def arrived(self, past: Row, order: Row) -> bool:
        """Return whether an order of the past is available at the moment of an order."""
        return past["ordered_at"] <= order["ordered_at"] and past["ds"] <= order["ordered_at"].date()

    def stands(self, past: Row, risk: str, now: dt.datetime) -> bool:
        """Return whether the decisions that are available now leave the order confirmed, or a case is known now."""
        if risk in AFTER_SALES:
            return any(c["order_id"] == past["order_id"] and c["kind"] == risk
                       and max(c["opened_at"], midnight(c["ds"])) <= now for c in self.cases)
        decisions = [v for v in self.verdicts if v["entity"] == "order" and v["entity_id"] == past["order_id"]
                     and v["risk"] == risk and max(v["decided_at"], midnight(v["ds"])) <= now]
        return labels.stands(decisions)
