"""Devices, addresses and payments behind a user's orders: how many, and how new."""

from features.inputs.tables import ORDERS
from features.language import Change, Feature, Ratio

FEATURES = [
    Feature("device_distinct", ORDERS, "distinct(device_id)", meaning="different devices ordered from",
            windows=(7, 90)),
    Feature("address_distinct", ORDERS, "distinct(address_id)", meaning="different addresses sent to",
            windows=(7, 90)),
    Feature("payment_distinct", ORDERS, "distinct(payment_id)", meaning="different payments used",
            windows=(7, 90)),
    # A takeover uses its own device, address and card: the week has identifiers that the quarter did not have.
    Ratio("devices_per_order", of="device_distinct", to="order_count", meaning="devices per order",
          windows=(90,)),
    Ratio("addresses_per_order", of="address_distinct", to="order_count", meaning="addresses per order",
          windows=(90,)),
    Change("device_change", of="device_distinct", short=7, long=90,
           meaning="devices this week against the user's own quarter"),
    Change("address_change", of="address_distinct", short=7, long=90,
           meaning="addresses this week against the user's own quarter"),
    Change("payment_change", of="payment_distinct", short=7, long=90,
           meaning="payments this week against the user's own quarter"),
]
