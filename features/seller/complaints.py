"""Refunds, returns and disputes of a seller's buyers: the reasons they give, and who was responsible."""

from features.inputs.joined_sources import OUTCOME_CASES
from features.inputs.tables import CASES
from features.inputs.text_patterns import MENTIONS_A_LEAK
from features.language import LIFETIME, WINDOWS, Change, Feature, Peer, Ratio

# A case counts on its own arrival day, its outcome on the arrival day of the outcome, which is often weeks later.
FEATURES = [
    Feature("case_count", CASES, "count()", meaning="cases opened",
            windows=(*WINDOWS, LIFETIME)),
    Feature("claim_amount", CASES, "sum(claim_cents)", meaning="money claimed", unit="cents",
            windows=(30,)),
    Feature("dispute_count", CASES, "count()", where="kind = 'dispute'", meaning="disputes opened",
            windows=(7, 90)),
    # A shop that takes money and does not deliver has many.
    Feature("not_received_count", CASES, "count()", where="reason = 'item_not_received'",
            meaning="cases over goods that did not arrive", windows=(7, 30, LIFETIME)),
    # If strangers read a shop's orders, they call its buyers by name.
    Feature("leak_complaint_count", CASES, "count()", where=MENTIONS_A_LEAK,
            meaning="cases whose text tells of a stranger who knew the order", windows=(7, 90)),
    Feature("complainant_distinct", CASES, "distinct(user_id)", meaning="different buyers with a case",
            windows=(30,)),
    Feature("outcome_count", OUTCOME_CASES, "count()", meaning="cases closed", windows=(90, LIFETIME)),
    Feature("seller_fault_count", OUTCOME_CASES, "count()", where="responsible = 'seller'",
            meaning="cases closed against the seller", windows=(90, LIFETIME)),
    Feature("paid_amount", OUTCOME_CASES, "sum(paid_cents)", where="responsible = 'seller'",
            meaning="paid to buyers in cases closed against the seller", unit="cents", windows=(90,)),
    Ratio("case_rate", of="case_count", to="order_count", meaning="cases per order",
          windows=(7, 30, LIFETIME)),
    Ratio("claim_rate", of="claim_amount", to="order_amount", meaning="money claimed per sale",
          windows=(30,)),
    Ratio("not_received_rate", of="not_received_count", to="order_count",
          meaning="undelivered goods per order", windows=(7, 30)),
    Ratio("leak_complaint_rate", of="leak_complaint_count", to="order_count",
          meaning="complaints over a stranger who knew the order, per order", windows=(90,)),
    Ratio("seller_fault_rate", of="seller_fault_count", to="outcome_count",
          meaning="share of closed cases that went against the seller", windows=(90, LIFETIME)),
    Change("case_rate_change", of="case_rate", short=30, long=LIFETIME,
           meaning="cases per order this month against all the seller's time"),
    Change("case_count_change", of="case_count", meaning="cases today against the seller's own month"),
    Change("dispute_count_growth", of="dispute_count", short=7, long=90,
           meaning="disputes this week against the seller's own quarter"),
    Change("leak_complaint_count_growth", of="leak_complaint_count", short=7, long=90,
           meaning="complaints over a stranger who knew the order, this week against the seller's own quarter"),
    Peer("case_rate_vs_peers", of="case_rate", by=("region", "category"),
         meaning="cases per order against shops of the same region and category"),
    Peer("not_received_rate_vs_peers", of="not_received_rate", by=("region", "category"),
         meaning="undelivered goods per order against shops of the same region and category"),
]
