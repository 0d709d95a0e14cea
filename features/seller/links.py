"""Which other shops stand behind a seller, what they are, and who its buyers are to each other."""

from features.language.feature import Circle, Component, Neighbours, Tie

FEATURES = [
    Tie("payout", account=("payout_id",), meaning="most other shops paid out to the same account"),
    Tie("device", account=("device_id",), meaning="most other shops registered on the same device"),
    Tie("owner", account=("owner_id",), meaning="most other shops of the same owner"),
    Tie("operator", of=("operator_distinct",), meaning="most other shops whose orders the same operator reads"),
    Tie("app", of=("night_app_distinct",), meaning="most other shops whose orders the same app exported at night"),
    Component("shop_group_size", meaning="shops that hang together over shared identifiers"),
    Circle("buyer", of="buyer_distinct", meaning="buyers"),
    Circle("clicker", of="clicker_distinct", meaning="users who clicked", window=7),
    Neighbours("neighbour_confirmed", of="confirmed", meaning="share of linked shops confirmed for any risk"),
    Neighbours("neighbour_brushing", of="confirmed_brushing", meaning="share of linked shops confirmed for brushing"),
    Neighbours("neighbour_fraud", of="confirmed_merchant_fraud",
               meaning="share of linked shops confirmed for merchant fraud"),
    Neighbours("neighbour_leakage", of="confirmed_information_leakage",
               meaning="share of linked shops confirmed for information leakage"),
    Neighbours("neighbour_case_rate", of="case_rate_30d", meaning="cases per order of linked shops"),
]
