"""How much a seller sells and at what price, compared with its own history and with its peers."""

from features.inputs.tables import ORDERS
from features.language import LIFETIME, WINDOWS, Change, Feature, Peer, Ratio

# Coupons require a round sum, and brushers reach it exactly: within 50 cents above a multiple of 10 units.
JUST_OVER_A_ROUND_SUM = "campaign_id IS NOT NULL AND (amount_cents + coalesce(discount_cents, 0)) % 1000 < 50"

FEATURES = [
    Feature("order_count", ORDERS, "count()", meaning="orders",
            windows=(*WINDOWS, LIFETIME)),
    Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="sales", unit="cents",
            windows=(7, 30, 90, LIFETIME)),
    Feature("order_amount_max", ORDERS, "max(amount_cents)", meaning="largest order", unit="cents",
            windows=(30,)),
    Feature("order_amount_min", ORDERS, "min(amount_cents)", meaning="smallest order", unit="cents",
            windows=(7,)),
    # A dormant shop that turns to fraud sells cheap first. Discounts show it before the first parcel is missing.
    Feature("discount_amount", ORDERS, "sum(discount_cents)", meaning="discounts", unit="cents",
            windows=(7,)),
    Feature("product_distinct", ORDERS, "distinct(product_id)", meaning="different products sold",
            windows=(30,)),
    Feature("round_order_count", ORDERS, "count()", where=JUST_OVER_A_ROUND_SUM,
            meaning="promoted orders just over a round sum", windows=(30,)),
    Feature("first_order_age_days", ORDERS, "first()", meaning="days since the first order", unit="days",
            windows=(90, LIFETIME)),
    Feature("last_order_age_days", ORDERS, "last()", meaning="days since the latest order", unit="days",
            windows=(90,)),
    Ratio("order_amount_mean", of="order_amount", to="order_count", meaning="mean order", unit="cents",
          windows=(7, 90, LIFETIME)),
    Ratio("discount_rate", of="discount_amount", to="order_amount", meaning="discounts per sale",
          windows=(7,)),
    Ratio("round_order_rate", of="round_order_count", to="order_count",
          meaning="share of promoted orders just over a round sum", windows=(30,)),
    Change("order_count_change", of="order_count", meaning="orders today against the seller's own month"),
    Change("order_count_growth", of="order_count", short=7, long=30,
           meaning="orders this week against the seller's own month"),
    Change("order_amount_growth", of="order_amount", short=7, long=90,
           meaning="sales this week against the seller's own quarter"),
    Change("order_amount_mean_change", of="order_amount_mean", short=7, long=90,
           meaning="mean order this week against the seller's own quarter"),
    Peer("order_count_vs_peers", of="order_count", by=("region", "category"),
         meaning="orders against shops of the same region and category"),
    Peer("order_amount_mean_vs_peers", of="order_amount_mean", by=("region", "category"), window=7,
         meaning="mean order against shops of the same region and category"),
]
