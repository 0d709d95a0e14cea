"""Other shops behind a seller's identifiers, their features, and how a seller's buyers are connected."""

from features.language import Audience, Component, Neighbours, SharedIdentifier

FEATURES = [
    SharedIdentifier("payout", profile_columns=("payout_id",), meaning="most other shops paid out to the same account"),
    SharedIdentifier("device", profile_columns=("device_id",),
                     meaning="most other shops registered on the same device"),
    SharedIdentifier("owner", profile_columns=("owner_id",), meaning="most other shops of the same owner"),
    SharedIdentifier("operator", of=("operator_distinct",), meaning="most other shops whose orders the same operator "
                                                                    "reads"),
    SharedIdentifier("app", of=("night_app_distinct",), meaning="most other shops whose orders the same app exported "
                                                                "at night"),
    Component("shop_group_size", meaning="shops that hang together over shared identifiers"),
    Audience("buyer", of="buyer_distinct", meaning="buyers"),
    Audience("clicker", of="clicker_distinct", meaning="users who clicked", window=7),
    Neighbours("neighbour_confirmed", of="confirmed", meaning="share of linked shops confirmed for any risk"),
    Neighbours("neighbour_brushing", of="confirmed_brushing", meaning="share of linked shops confirmed for brushing"),
    Neighbours("neighbour_fraud", of="confirmed_merchant_fraud",
               meaning="share of linked shops confirmed for merchant fraud"),
    Neighbours("neighbour_leakage", of="confirmed_information_leakage",
               meaning="share of linked shops confirmed for information leakage"),
    Neighbours("neighbour_case_rate", of="case_rate_30d", meaning="cases per order of linked shops"),
]
