"""Builders of the features of an identifier's earlier orders, for any identifier of an order."""

from features.inputs.tables import ORDERS
from features.language import Definition, Feature, Ratio
from features.risks import AFTER_SALES

WINDOWS = (1, 7, 30)
# Verdicts on orders follow disputes and arrive late. The last week's are incomplete, so that windows of verdicts end a
# week before the moment.
DELAY = 7
RISK = "payment_fraud"
# Disputes and returns follow delivery, so that the last week's orders have few. Orders are called off within hours.
CASE_WINDOWS = (30,)
CASE_DELAY = {"dispute": DELAY, "return": DELAY, "cancellation": 0}


def past(name: str, by: str, agg: str, meaning: str, windows: tuple[int, ...] = WINDOWS, unit: str = "") -> Feature:
    """Return an aggregate of the orders with the same `by` up to the moment, the order itself included."""
    return Feature(name, ORDERS, agg, meaning, windows=windows, at="event", by=by, unit=unit)


def amounts(whose: str, meaning: str, windows: tuple[int, ...] = WINDOWS) -> tuple[Definition, ...]:
    """Return the number and the amounts of an identifier's orders, and the seconds since the order before."""
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


def others(whose: str, other: str, meaning: str) -> Definition:
    """Return the number of distinct other identifiers in an identifier's orders."""
    return past(f"{whose}_{other}_distinct", f"{whose}_id", f"distinct({other}_id)", meaning)


def delayed_past(name: str, by: str, agg: str, meaning: str, windows: tuple[int, ...], risk: str = "") -> Feature:
    """Return an aggregate over a delayed window, which ends `DELAY` days before the moment.

    With a risk, only orders count that are confirmed for it as of the moment; of an after-sales risk, those with a case
    of its kind by then.
    """
    return Feature(name, ORDERS, agg, meaning, windows=windows, at="event", by=by, delay=DELAY, risk=risk)


def frauds(whose: str, meaning: str, windows: tuple[int, ...] = WINDOWS) -> tuple[Definition, ...]:
    """Return the number of an identifier's orders in delayed windows, and the number and share confirmed as fraud."""
    by = f"{whose}_id"
    return (
        delayed_past(f"{whose}_order_count", by, "count()", f"orders {meaning}", windows),
        delayed_past(f"{whose}_fraud_count", by, "count()", f"orders {meaning} known as fraud", windows, RISK),
        Ratio(f"{whose}_fraud_rate", f"{whose}_fraud_count", f"{whose}_order_count",
              f"share of orders {meaning} known as fraud", windows, DELAY, if_denominator_zero=0.0),
    )


def cases(whose: str, meaning: str) -> tuple[Definition, ...]:
    """Return, for each after-sales risk, the number and the share of an identifier's orders with a case of its kind."""
    by = f"{whose}_id"
    return tuple(definition for risk in AFTER_SALES for definition in (
        Feature(f"{whose}_{risk.name}_count", ORDERS, "count()", f"orders {meaning} with a {risk.name}",
                windows=CASE_WINDOWS, at="event", by=by, delay=CASE_DELAY[risk.name], risk=risk.name),
        Ratio(f"{whose}_{risk.name}_rate", f"{whose}_{risk.name}_count", f"{whose}_order_count",
              f"share of orders {meaning} with a {risk.name}", CASE_WINDOWS, CASE_DELAY[risk.name],
              if_denominator_zero=0.0)))
