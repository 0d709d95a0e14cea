"""The words that an identifier's past is told in, whosever it is."""

from features.inputs.tables import ORDERS
from features.language import Definition, Feature, Ratio

WINDOWS = (1, 7, 30)
# Verdicts on orders follow disputes: how many of the last week's will come is not known yet.
DELAY = 7
RISK = "payment_fraud"


def past(name: str, by: str, agg: str, meaning: str, windows: tuple[int, ...] = WINDOWS, unit: str = "") -> Feature:
    """An aggregate of the orders with the same `by`, up to the moment and this order included."""
    return Feature(name, ORDERS, agg, meaning, windows=windows, at="event", by=by, unit=unit)


def amounts(whose: str, meaning: str, windows: tuple[int, ...] = WINDOWS) -> tuple[Definition, ...]:
    """How many orders an identifier has seen, of what amounts, and how long ago the one before was."""
    by = f"{whose}_id"
    return (
        past(f"{whose}_order_count", by, "count()", f"orders {meaning}", windows),
        past(f"{whose}_order_amount", by, "sum(amount_cents)", f"paid {meaning}", windows, unit="cents"),
        past(f"{whose}_order_amount_max", by, "max(amount_cents)", f"largest order {meaning}", windows,
             unit="cents"),
        Ratio(f"{whose}_order_amount_mean", f"{whose}_order_amount", f"{whose}_order_count",
              f"mean order {meaning}", windows, unit="cents"),
        past(f"{whose}_last_order_seconds", by, "last()", f"seconds since the order before, {meaning}", (30,),
             unit="seconds"),
    )


def others(whose: str, what: str, meaning: str) -> Definition:
    """How many different others an identifier was seen with."""
    return past(f"{whose}_{what}_distinct", f"{whose}_id", f"distinct({what}_id)", meaning)


def settled(name: str, by: str, agg: str, meaning: str, windows: tuple[int, ...], risk: str = "") -> Feature:
    """The same of orders whose week is settled; with a risk, of those of them that are known for it by now."""
    return Feature(name, ORDERS, agg, meaning, windows=windows, at="event", by=by, delay=DELAY, risk=risk)


def frauds(whose: str, meaning: str, windows: tuple[int, ...] = WINDOWS) -> tuple[Definition, ...]:
    """An identifier's orders of weeks that are settled, and how many of them are known as fraud by now."""
    by = f"{whose}_id"
    return (
        settled(f"{whose}_order_count", by, "count()", f"orders {meaning}", windows),
        settled(f"{whose}_fraud_count", by, "count()", f"orders {meaning} known as fraud", windows, RISK),
        Ratio(f"{whose}_fraud_rate", f"{whose}_fraud_count", f"{whose}_order_count",
              f"share of orders {meaning} known as fraud", windows, DELAY, if_denominator_zero=0.0),
    )
