"""The features of an order at the moment it is placed, one subject per file."""

from features.inputs.tables import ORDERS
from features.language import from_subjects
from features.order import buyer, cases, device, payment, placed, shop

# Orders of one card are stolen together and confirmed together: the card is the bootstrap cluster.
ORDER = from_subjects("order", ORDERS,
                      (placed.FEATURES, buyer.FEATURES, shop.FEATURES, device.FEATURES, payment.FEATURES,
                       cases.FEATURES),
                      slice_columns=("category",), passthrough_columns=("user_id", "seller_id", "payment_id"),
                      cluster_column="payment_id")
