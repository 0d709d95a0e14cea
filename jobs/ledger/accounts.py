"""The accounts of the ledger, and who bears the loss of each risk."""

# Booked: integer minor units of source rows.
GROSS_LOSS, REVERSED, RECOVERED, PAID_COMPENSATION, REVIEW_COST = BOOKED = (
    "gross_loss", "reversed", "recovered", "paid_compensation", "review_cost")
# Estimated: with an interval, and never in one column or sum with booked money.
UNREPORTED, PREVENTED, PREVENTED_ASSUMED, FRICTION, HOLDOUT_COST, EXPECTED_COMPENSATION = ESTIMATED = (
    "unreported", "prevented", "prevented_assumed", "false_positive_friction", "holdout_cost",
    "expected_compensation")
ACCOUNTS = (*BOOKED, *ESTIMATED)

BUYER, SELLER, CREATOR, CARRIER, PLATFORM = PARTIES = "buyer", "seller", "creator", "carrier", "platform"

# Who bears the loss that a verdict counts, until somebody pays it back. An assumption by the kind of the attack. No
# verdict books anything of after-sales risks: their entries serve the estimates of a live policy.
BORNE_BY = {
    "brushing": BUYER, "click_farm": SELLER, "merchant_fraud": BUYER, "information_leakage": BUYER,
    "account_integrity": BUYER, "incentive_abuse": PLATFORM, "refund_abuse": SELLER, "malicious_activity": SELLER,
    "traffic_fraud": SELLER, "payment_fraud": PLATFORM, "dispute": PLATFORM, "return": SELLER, "cancellation": SELLER,
}
