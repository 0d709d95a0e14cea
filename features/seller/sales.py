"""How much a seller sells, at what price, and how that differs from its own month."""

from features.feature import Change, Feature, Ratio
from features.tables import ORDERS

FEATURES = [
    Feature("order_count", ORDERS, "count()", meaning="orders"),
    Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="sales, minor units"),
    Feature("order_amount_max", ORDERS, "max(amount_cents)", meaning="largest order, minor units",
            windows=(7, 90)),
    Feature("order_amount_min", ORDERS, "min(amount_cents)", meaning="smallest order, minor units",
            windows=(7, 90)),
    Feature("quantity", ORDERS, "sum(quantity)", meaning="pieces sold", windows=(7, 30)),
    # A sleeper that wakes sells cheap first: discounts are how it shows before anything is missing.
    Feature("discount_amount", ORDERS, "sum(discount_cents)", meaning="discounts, minor units",
            windows=(1, 7, 30)),
    Feature("product_distinct", ORDERS, "distinct(product_id)", meaning="different products sold",
            windows=(7, 30)),
    Feature("night_order_count", ORDERS, "count()", where="hour(ordered_at) < 6",
            meaning="orders between midnight and six", windows=(7, 30)),
    Feature("first_order_age_days", ORDERS, "first()", meaning="days since the first order",
            windows=(90,)),
    Feature("last_order_age_days", ORDERS, "last()", meaning="days since the latest order",
            windows=(90,)),
    Ratio("order_amount_mean", of="order_amount", to="order_count", meaning="mean order, minor units",
          windows=(1, 7, 30, 90)),
    Ratio("discount_rate", of="discount_amount", to="order_amount", meaning="discounts per sale",
          windows=(7, 30)),
    Ratio("night_order_rate", of="night_order_count", to="order_count",
          meaning="share of orders between midnight and six", windows=(7, 30)),
    Change("order_count_change", of="order_count", meaning="orders today against the seller's own month"),
    Change("order_count_growth", of="order_count", short=7, long=30,
           meaning="orders this week against the seller's own month"),
    Change("order_amount_change", of="order_amount", meaning="sales today against the seller's own month"),
    Change("order_amount_growth", of="order_amount", short=7, long=90,
           meaning="sales this week against the seller's own quarter"),
    Change("order_amount_mean_change", of="order_amount_mean", short=7, long=90,
           meaning="mean order this week against the seller's own quarter"),
]
