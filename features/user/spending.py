"""How much a user buys, and how that differs from the user's own month."""

from features.feature import Change, Feature, Ratio
from features.tables import ORDERS

FEATURES = [
    Feature("order_count", ORDERS, "count()", meaning="orders"),
    Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="spent, minor units"),
    Feature("order_amount_max", ORDERS, "max(amount_cents)", meaning="largest order, minor units",
            windows=(1, 7, 30, 90)),
    Feature("order_amount_min", ORDERS, "min(amount_cents)", meaning="smallest order, minor units",
            windows=(7, 90)),
    Feature("discount_amount", ORDERS, "sum(discount_cents)", meaning="discounts, minor units",
            windows=(30,)),
    Feature("seller_distinct", ORDERS, "distinct(seller_id)", meaning="different sellers bought from",
            windows=(1, 7, 30)),
    Feature("night_order_count", ORDERS, "count()", where="hour(ordered_at) < 6",
            meaning="orders between midnight and six", windows=(7, 30)),
    Feature("first_order_age_days", ORDERS, "first()", meaning="days since the first order",
            windows=(90,)),
    Feature("last_order_age_days", ORDERS, "last()", meaning="days since the latest order",
            windows=(90,)),
    Ratio("order_amount_mean", of="order_amount", to="order_count", meaning="mean order, minor units"),
    Ratio("discount_rate", of="discount_amount", to="order_amount", meaning="discounts per unit spent",
          windows=(30,)),
    Ratio("sellers_per_order", of="seller_distinct", to="order_count", meaning="different sellers per order",
          windows=(7, 30)),
    Change("order_count_change", of="order_count", meaning="orders today against the user's own month"),
    Change("order_amount_change", of="order_amount", meaning="spending today against the user's own month"),
    Change("order_amount_growth", of="order_amount", short=7, long=90,
           meaning="spending this week against the user's own quarter"),
    # Someone else's taste: the taken-over account buys dearer things than its owner.
    Change("order_amount_mean_change", of="order_amount_mean", short=7, long=90,
           meaning="mean order this week against the user's own quarter"),
    Change("order_amount_max_change", of="order_amount_max", short=7, long=90,
           meaning="largest order this week against the user's own quarter"),
]
