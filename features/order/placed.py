"""The order itself: how much, when, by whom."""

from features.inputs.conditions import at_handbook_night
from features.inputs.tables import ORDERS
from features.language.feature import Account

FEATURES = (
    Account("amount", ORDERS, "amount_cents", "what is paid, minor units"),
    Account("discount", ORDERS, "coalesce(discount_cents, 0)", "taken off by coupons, minor units"),
    Account("quantity", ORDERS, "quantity", "pieces"),
    Account("is_guest", ORDERS, "user_id IS NULL", "ordered without an account (1) or not (0)"),
    Account("hour", ORDERS, "hour(ordered_at)", "hour of the day, UTC"),
    Account("is_weekend", ORDERS, "dayofweek(ordered_at) IN (1, 7)", "on Saturday or Sunday, UTC (1) or not (0)"),
    Account("is_night", ORDERS, at_handbook_night("ordered_at"),
            "placed before seven in the morning, UTC (1) or not (0)"),
)
