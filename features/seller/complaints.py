"""What a seller's buyers ask back, and what they say did not arrive."""

from features.feature import Change, Feature, Ratio
from features.tables import CASES

# Counted on the day a case arrives, never on the day it is settled: settlements lag by weeks.
FEATURES = [
    Feature("case_count", CASES, "count()", meaning="cases opened"),
    Feature("claim_amount", CASES, "sum(claim_cents)", meaning="money claimed, minor units",
            windows=(7, 30, 90)),
    Feature("claim_amount_max", CASES, "max(claim_cents)", meaning="largest claim, minor units",
            windows=(30,)),
    Feature("dispute_count", CASES, "count()", where="kind = 'dispute'", meaning="disputes opened"),
    Feature("refund_count", CASES, "count()", where="kind = 'refund'", meaning="refunds asked for",
            windows=(7, 30, 90)),
    Feature("cancellation_count", CASES, "count()", where="kind = 'cancellation'",
            meaning="orders called off", windows=(7, 30, 90)),
    # The mark of a shop that takes money and does not deliver.
    Feature("not_received_count", CASES, "count()", where="reason = 'item_not_received'",
            meaning="cases over goods that did not arrive", windows=(1, 7, 30)),
    Feature("complainant_distinct", CASES, "distinct(user_id)", meaning="different buyers with a case",
            windows=(7, 30)),
    Feature("last_case_age_days", CASES, "last()", meaning="days since the latest case", windows=(90,)),
    Ratio("case_rate", of="case_count", to="order_count", meaning="cases per order", windows=(7, 30, 90)),
    Ratio("claim_rate", of="claim_amount", to="order_amount", meaning="money claimed per sale",
          windows=(7, 30, 90)),
    Ratio("dispute_rate", of="dispute_count", to="order_count", meaning="disputes per order",
          windows=(7, 30, 90)),
    Ratio("not_received_rate", of="not_received_count", to="order_count",
          meaning="undelivered goods per order", windows=(7, 30)),
    Change("case_count_change", of="case_count", meaning="cases today against the seller's own month"),
    Change("dispute_count_growth", of="dispute_count", short=7, long=90,
           meaning="disputes this week against the seller's own quarter"),
]
