"""The as-of joins that features aggregate: each answers one question that no single table answers.

In nearly all cases an outcome arrives within 45 days of its case, and a case within 45 days of its order. An older row
stays, with null in the joined columns.
"""

from features.inputs.contract import AsOfJoin
from features.inputs.tables import CASE_OUTCOMES, CASES, ORDERS, SHIPMENTS

# Whose case was it, and who had to pay?
OUTCOME_CASES = AsOfJoin("outcome_cases", left=CASE_OUTCOMES, right=CASES, on="case_id",
                         take=("user_id", "seller_id"), days=45)

# Had the parcel been delivered when its buyer claimed that it did not arrive?
CASE_PARCELS = AsOfJoin("case_parcels", left=CASES, right=SHIPMENTS, on="order_id", take=("delivered_at",), days=45)

# Through which creator was it bought, when, and how many pieces?
CASE_ORDERS = AsOfJoin("case_orders", left=CASES, right=ORDERS, on="order_id",
                       take=("creator_id", "ordered_at", "quantity"), days=45)

# How long did the order wait for its parcel?
PARCEL_ORDERS = AsOfJoin("parcel_orders", left=SHIPMENTS, right=ORDERS, on="order_id", take=("ordered_at",), days=45)
