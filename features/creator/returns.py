"""Returns and cancellations of a creator's orders: an own order earns its commission before it is returned."""

from features.inputs.joined_sources import CASE_ORDERS
from features.language import LIFETIME, Change, Feature, Peer, Ratio

DAYS_AFTER = "datediff(CAST(opened_at AS date), CAST(ordered_at AS date))"

FEATURES = [
    Feature("case_count", CASE_ORDERS, "count()", meaning="cases opened",
            windows=(7, 30, 90, LIFETIME)),
    Feature("claim_amount", CASE_ORDERS, "sum(claim_cents)", meaning="money claimed", unit="cents", windows=(30, 90)),
    Feature("return_count", CASE_ORDERS, "count()", where="kind = 'return'", meaning="goods sent back",
            windows=(7, 30, 90)),
    Feature("refund_count", CASE_ORDERS, "count()", where="kind = 'refund'", meaning="refunds asked for",
            windows=(30,)),
    Feature("cancellation_count", CASE_ORDERS, "count()", where="kind = 'cancellation'", meaning="orders called off",
            windows=(30,)),
    Feature("returned_quantity", CASE_ORDERS, "sum(quantity)", where="kind IN ('return', 'cancellation')",
            meaning="pieces sent back or called off", windows=(30,)),
    Feature("late_return_count", CASE_ORDERS, "count()", where=f"kind = 'return' AND {DAYS_AFTER} >= 7",
            meaning="goods sent back a week after the order or later", windows=(90,)),
    Feature("last_case_age_days", CASE_ORDERS, "last()", meaning="days since the latest case", unit="days",
            windows=(90,)),
    Ratio("case_rate", of="case_count", to="order_count", meaning="cases per order",
          windows=(30, 90, LIFETIME)),
    Ratio("claim_rate", of="claim_amount", to="order_amount", meaning="money claimed per sale", windows=(30, 90)),
    Ratio("return_rate", of="return_count", to="order_count", meaning="goods sent back per order",
          windows=(7, 30, 90)),
    Ratio("cancellation_rate", of="cancellation_count", to="order_count", meaning="orders called off per order",
          windows=(30,)),
    Ratio("late_return_rate", of="late_return_count", to="return_count",
          meaning="share of returns that came a week after the order or later", windows=(90,)),
    Change("case_count_growth", of="case_count", short=7, long=90,
           meaning="cases this week against the creator's own quarter"),
    Change("return_rate_change", of="return_rate", short=7, long=90,
           meaning="goods sent back per order this week against the creator's own quarter"),
    Peer("case_rate_vs_peers", of="case_rate", by=("region",),
         meaning="cases per order against creators of the same region"),
    Peer("return_rate_vs_peers", of="return_rate", by=("region",),
         meaning="goods sent back per order against creators of the same region"),
]
