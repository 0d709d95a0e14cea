"""A seller's buyers: many people who buy once, or few people who buy often."""

from features.inputs.tables import ORDERS
from features.language import Feature, Ratio

FEATURES = [
    Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning="different buyers",
            windows=(7, 30)),
    Feature("buyer_device_distinct", ORDERS, "distinct(device_id)", meaning="different buyer devices",
            windows=(7,)),
    # Orders of brushers go to few addresses, from any number of accounts.
    Feature("buyer_address_distinct", ORDERS, "distinct(address_id)", meaning="different addresses sent to",
            windows=(30,)),
    Feature("guest_order_count", ORDERS, "count()", where="user_id IS NULL", meaning="orders of guests",
            windows=(30,)),
    Feature("campaign_order_count", ORDERS, "count()", where="campaign_id IS NOT NULL",
            meaning="orders through a promotion", windows=(30,)),
    Ratio("orders_per_buyer", of="order_count", to="buyer_distinct", meaning="orders per buyer",
          windows=(7, 30)),
    Ratio("devices_per_buyer", of="buyer_device_distinct", to="buyer_distinct",
          meaning="devices per buyer", windows=(7,)),
    Ratio("addresses_per_buyer", of="buyer_address_distinct", to="buyer_distinct",
          meaning="addresses per buyer", windows=(30,)),
    Ratio("campaign_order_rate", of="campaign_order_count", to="order_count",
          meaning="share of orders through a promotion", windows=(30,)),
]
