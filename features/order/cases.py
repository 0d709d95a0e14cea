"""After-sales cases about the buyer's and the seller's earlier orders."""

from features.order.past import cases

FEATURES = (
    *cases("user", "by this buyer"),
    *cases("seller", "at this shop"),
)
