"""The earlier orders of the seller."""

from features.language import RelativeToHistory
from features.order.past import amounts, frauds, others

FEATURES = (
    *amounts("seller", "at this shop"),
    *frauds("seller", "at this shop"),
    others("seller", "user", "buyers"),
    RelativeToHistory("amount_to_seller_mean", "amount", "seller_order_amount_mean",
                      "what is paid against this shop's mean order"),
)
