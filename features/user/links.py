"""Other accounts behind a user's identifiers: how many, how they are connected, and how they behave."""

from features.language import Component, Neighbours, SharedIdentifier

FEATURES = [
    SharedIdentifier("device", of=("device_distinct", "login_device_distinct"), profile_columns=("device_id",),
                     meaning="most other users on the same device"),
    SharedIdentifier("address", of=("address_distinct",), meaning="most other users at the same address"),
    SharedIdentifier("payment", of=("payment_distinct",), meaning="most other users of the same payment"),
    SharedIdentifier("phone", profile_columns=("phone_id",), meaning="most other users with the same telephone number"),
    # Only the registration's address counts: accounts created in bulk share it. Later logins share offices and trains.
    SharedIdentifier("ip", profile_columns=("ip",),
                     meaning="most other users registered from the same network address"),
    SharedIdentifier("evidence", of=("evidence_distinct",), meaning="most other users who showed the same evidence"),
    SharedIdentifier("review_text", of=("review_text_distinct",), meaning="most other users who wrote the same review"),
    # The account's own id is an identifier too, so that a chain of invitations is one component.
    SharedIdentifier("referrer", profile_columns=("referrer_id", "user_id"),
                     meaning="most other users invited by the same account"),
    Component("account_group_size", meaning="users who hang together over shared identifiers"),
    Neighbours("neighbour_confirmed", of="confirmed", meaning="share of linked users confirmed for any risk"),
    Neighbours("neighbour_takeover", of="confirmed_account_integrity",
               meaning="share of linked users confirmed for account integrity"),
    Neighbours("neighbour_incentive_abuse", of="confirmed_incentive_abuse",
               meaning="share of linked users confirmed for incentive abuse"),
    Neighbours("neighbour_refund_abuse", of="confirmed_refund_abuse",
               meaning="share of linked users confirmed for refund abuse"),
    Neighbours("neighbour_malicious", of="confirmed_malicious_activity",
               meaning="share of linked users confirmed for malicious activity"),
    Neighbours("neighbour_account_age", of="account_age_days", meaning="days since linked users registered"),
    Neighbours("neighbour_case_rate", of="case_rate_90d", meaning="cases per order of linked users"),
    Neighbours("neighbour_grant_rate", of="grant_rate_30d", meaning="granted per unit spent by linked users"),
    Neighbours("neighbour_one_star_count", of="one_star_count_90d", meaning="one-star reviews of linked users"),
]
