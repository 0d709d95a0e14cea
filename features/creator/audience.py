"""How a creator's buyers and clickers are connected: the accounts behind own orders share identifiers."""

from features.language import Audience

FEATURES = [
    Audience("buyer", of="buyer_distinct", meaning="buyers"),
    Audience("clicker", of="clicker_distinct", meaning="users who clicked", window=7),
]
