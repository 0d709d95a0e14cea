"""The order itself: how much, when, by whom."""

from features.inputs.conditions import at_handbook_night
from features.inputs.tables import ORDERS
from features.language.feature import Attribute

FEATURES = (
    Attribute("amount", ORDERS, "amount_cents", "what is paid, minor units"),
    Attribute("discount", ORDERS, "coalesce(discount_cents, 0)", "taken off by coupons, minor units"),
    Attribute("quantity", ORDERS, "quantity", "pieces"),
    Attribute("is_guest", ORDERS, "user_id IS NULL", "ordered without an account (1) or not (0)"),
    Attribute("hour", ORDERS, "hour(ordered_at)", "hour of the day, UTC"),
    Attribute("is_weekend", ORDERS, "dayofweek(ordered_at) IN (1, 7)", "on Saturday or Sunday, UTC (1) or not (0)"),
    Attribute("is_night", ORDERS, at_handbook_night("ordered_at"),
            "placed before seven in the morning, UTC (1) or not (0)"),
)
