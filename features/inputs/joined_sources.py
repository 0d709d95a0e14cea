"""The joined sources that features aggregate: each is one question that no single table answers.

45 days reach from a settlement back to its case and from a case back to its order in nearly all
instances; what is older keeps its row, with the joined columns empty.
"""

from features.inputs.contract import AsOfJoin
from features.inputs.tables import CASE_OUTCOMES, CASES, ORDERS, SHIPMENTS

# Whose case was it, and who had to pay?
OUTCOME_CASES = AsOfJoin("outcome_cases", left=CASE_OUTCOMES, right=CASES, on="case_id",
                         take=("user_id", "seller_id"), days=45)

# Had the parcel been handed out when its buyer said that nothing came?
CASE_PARCELS = AsOfJoin("case_parcels", left=CASES, right=SHIPMENTS, on="order_id", take=("delivered_at",), days=45)

# Through which creator was it bought, when, and how many pieces?
CASE_ORDERS = AsOfJoin("case_orders", left=CASES, right=ORDERS, on="order_id",
                       take=("creator_id", "ordered_at", "quantity"), days=45)

# How long did the order wait for its parcel?
PARCEL_ORDERS = AsOfJoin("parcel_orders", left=SHIPMENTS, right=ORDERS, on="order_id", take=("ordered_at",), days=45)
