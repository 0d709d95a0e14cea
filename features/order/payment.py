"""The earlier orders of the card or paying account."""

from features.order.past import amounts, frauds, others

FEATURES = (
    *amounts("payment", "paid with this card"),
    *frauds("payment", "paid with this card"),
    others("payment", "user", "accounts that paid with this card"),
    others("payment", "seller", "shops paid with this card"),
)
