"""The buyer's earlier orders."""

from features.language import RelativeToHistory
from features.order.past import amounts, frauds, others

FEATURES = (
    *amounts("user", "by this buyer"),
    *frauds("user", "by this buyer"),
    others("user", "seller", "shops bought from"),
    others("user", "device", "devices ordered with"),
    others("user", "payment", "payments used"),
    RelativeToHistory("amount_to_user_mean", "amount", "user_order_amount_mean",
                      "what is paid against this buyer's mean order"),
    RelativeToHistory("amount_to_user_max", "amount", "user_order_amount_max",
                      "what is paid against this buyer's largest order"),
)
