"""Who a creator's buyers and clickers are to each other. The accounts behind own orders share what they order with."""

from features.language import Audience

FEATURES = [
    Audience("buyer", of="buyer_distinct", meaning="buyers"),
    Audience("clicker", of="clicker_distinct", meaning="users who clicked", window=7),
]
