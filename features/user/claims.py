"""What a user asks back or calls off, how often, with which evidence, and how it ended."""

from features.feature import Change, Feature, Peer, Ratio
from features.joins import CASE_ORDERS, CASE_PARCELS, OUTCOME_CASES
from features.tables import CASES

# A case counts on the day it arrives, its outcome on the day of the outcome: settlements lag by weeks.
FEATURES = [
    Feature("case_count", CASES, "count()", meaning="cases opened",
            windows=(7, 30, 90)),
    Feature("claim_amount", CASES, "sum(claim_cents)", meaning="money claimed, minor units",
            windows=(30, 90)),
    Feature("claim_amount_max", CASES, "max(claim_cents)", meaning="largest claim, minor units",
            windows=(30,)),
    Feature("refund_count", CASES, "count()", where="kind = 'refund'", meaning="refunds asked for",
            windows=(90,)),
    Feature("return_count", CASES, "count()", where="kind = 'return'", meaning="goods sent back",
            windows=(90,)),
    Feature("dispute_count", CASES, "count()", where="kind = 'dispute'", meaning="disputes opened",
            windows=(90,)),
    Feature("cancellation_count", CASES, "count()", where="kind = 'cancellation'", meaning="orders called off",
            windows=(7, 30)),
    # Stock held back before a sale and let go after it: many pieces, then none.
    Feature("cancelled_quantity", CASE_ORDERS, "sum(quantity)", where="kind = 'cancellation'",
            meaning="pieces called off", windows=(30,)),
    Feature("not_received_count", CASES, "count()", where="reason = 'item_not_received'",
            meaning="claims that goods did not arrive", windows=(30, 90)),
    # The owner comes back and finds what somebody else has bought.
    Feature("unauthorised_count", CASES, "count()", where="reason = 'unauthorised'",
            meaning="claims that somebody else had ordered", windows=(30,)),
    Feature("denied_parcel_count", CASE_PARCELS, "count()",
            where="reason = 'item_not_received' AND delivered_at IS NOT NULL",
            meaning="claims that goods did not arrive, against a parcel handed out", windows=(30, 90)),
    Feature("evidence_count", CASES, "count()", where="evidence_id IS NOT NULL",
            meaning="claims with evidence", windows=(90,)),
    Feature("evidence_distinct", CASES, "distinct(evidence_id)", meaning="different pieces of evidence",
            windows=(90,)),
    Feature("claimed_seller_distinct", CASES, "distinct(seller_id)",
            meaning="different sellers claimed against", windows=(90,)),
    Feature("last_case_age_days", CASES, "last()", meaning="days since the latest case", windows=(90,)),
    Feature("outcome_count", OUTCOME_CASES, "count()", meaning="cases closed", windows=(90,)),
    Feature("buyer_fault_count", OUTCOME_CASES, "count()", where="responsible = 'buyer'",
            meaning="cases closed against the user", windows=(90,)),
    Feature("paid_amount", OUTCOME_CASES, "sum(paid_cents)", meaning="paid out in closed cases, minor units",
            windows=(90,)),
    Ratio("case_rate", of="case_count", to="order_count", meaning="cases per order", windows=(30, 90)),
    Ratio("claim_rate", of="claim_amount", to="order_amount", meaning="money claimed per unit spent",
          windows=(90,)),
    Ratio("cancellation_rate", of="cancellation_count", to="order_count", meaning="orders called off per order",
          windows=(7, 30)),
    Ratio("cancelled_quantity_rate", of="cancelled_quantity", to="quantity", meaning="pieces called off per piece",
          windows=(30,)),
    Ratio("not_received_rate", of="not_received_count", to="order_count",
          meaning="claims of missing goods per order", windows=(90,)),
    # One photograph for several claims is below 1.
    Ratio("evidence_per_claim", of="evidence_distinct", to="evidence_count",
          meaning="different evidence per claim with evidence", windows=(90,)),
    Ratio("buyer_fault_rate", of="buyer_fault_count", to="outcome_count",
          meaning="share of closed cases that went against the user", windows=(90,)),
    Change("case_count_growth", of="case_count", short=7, long=90,
           meaning="cases this week against the user's own quarter"),
    Peer("case_rate_vs_peers", of="case_rate", by=("region",),
         meaning="cases per order against users of the same region"),
]
