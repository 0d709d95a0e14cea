"""The order itself: how much, when."""

from features.feature import Account
from features.tables import ORDERS

FEATURES = (
    Account("amount", ORDERS, "amount_cents", "what is paid, minor units"),
    Account("discount", ORDERS, "coalesce(discount_cents, 0)", "taken off by coupons, minor units"),
    Account("quantity", ORDERS, "quantity", "pieces"),
    Account("hour", ORDERS, "hour(ordered_at)", "hour of the day, UTC"),
    Account("is_weekend", ORDERS, "dayofweek(ordered_at) IN (1, 7)", "whether it is Saturday or Sunday, UTC"),
    Account("is_night", ORDERS, "hour(ordered_at) <= 6", "whether it is before seven in the morning, UTC"),
)
