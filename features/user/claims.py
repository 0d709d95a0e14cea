"""What a user asks back, how often, and with which evidence."""

from features.feature import Change, Feature, Ratio
from features.tables import CASES

FEATURES = [
    Feature("case_count", CASES, "count()", meaning="cases opened"),
    Feature("claim_amount", CASES, "sum(claim_cents)", meaning="money claimed, minor units",
            windows=(7, 30, 90)),
    Feature("claim_amount_max", CASES, "max(claim_cents)", meaning="largest claim, minor units",
            windows=(30, 90)),
    Feature("refund_count", CASES, "count()", where="kind = 'refund'", meaning="refunds asked for",
            windows=(7, 30, 90)),
    Feature("return_count", CASES, "count()", where="kind = 'return'", meaning="goods sent back",
            windows=(30, 90)),
    Feature("dispute_count", CASES, "count()", where="kind = 'dispute'", meaning="disputes opened",
            windows=(7, 30, 90)),
    Feature("not_received_count", CASES, "count()", where="reason = 'item_not_received'",
            meaning="claims that goods did not arrive", windows=(7, 30, 90)),
    Feature("evidence_count", CASES, "count()", where="evidence_id IS NOT NULL",
            meaning="claims with evidence", windows=(30, 90)),
    Feature("evidence_distinct", CASES, "distinct(evidence_id)", meaning="different pieces of evidence",
            windows=(30, 90)),
    Feature("claimed_seller_distinct", CASES, "distinct(seller_id)",
            meaning="different sellers claimed against", windows=(30, 90)),
    Feature("last_case_age_days", CASES, "last()", meaning="days since the latest case", windows=(90,)),
    Ratio("case_rate", of="case_count", to="order_count", meaning="cases per order", windows=(7, 30, 90)),
    Ratio("claim_rate", of="claim_amount", to="order_amount", meaning="money claimed per unit spent",
          windows=(30, 90)),
    Ratio("not_received_rate", of="not_received_count", to="order_count",
          meaning="claims of missing goods per order", windows=(30, 90)),
    # One photograph for several claims is below 1.
    Ratio("evidence_per_claim", of="evidence_distinct", to="evidence_count",
          meaning="different evidence per claim with evidence", windows=(30, 90)),
    Change("case_count_growth", of="case_count", short=7, long=90,
           meaning="cases this week against the user's own quarter"),
]
