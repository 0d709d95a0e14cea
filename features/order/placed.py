"""The order itself: its amount, its time and its buyer."""

from features.inputs.conditions import at_handbook_night
from features.inputs.tables import ORDERS
from features.language import Attribute

FEATURES = (
    Attribute("amount", ORDERS, "amount_cents", "what is paid", unit="cents"),
    Attribute("discount", ORDERS, "coalesce(discount_cents, 0)", "taken off by coupons", unit="cents"),
    Attribute("quantity", ORDERS, "quantity", "pieces"),
    Attribute("is_guest", ORDERS, "user_id IS NULL", "ordered without an account", unit="flag"),
    Attribute("hour", ORDERS, "hour(ordered_at)", "hour of the day, UTC"),
    Attribute("is_weekend", ORDERS, "dayofweek(ordered_at) IN (1, 7)", "on Saturday or Sunday, UTC", unit="flag"),
    Attribute("is_night", ORDERS, at_handbook_night("ordered_at"),
              "placed before seven in the morning, UTC", unit="flag"),
)
