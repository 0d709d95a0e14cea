"""The metrics of experiments: what is counted of a unit after its first eligibility.

Verdicts are no metric. They come more often where somebody acted, so that an arm with actions has more of them even
where actions do nothing.
"""

METRICS = {
    "loss_cents": "paid to buyers in cases about the unit, and its orders that banks charged back, minor units",
    "case_paid_cents": "paid to buyers in cases about the unit, minor units",
    "cases": "cases about the unit, without cancellations",
    "trade_cents": "amount of the unit's orders, minor units",
    "orders": "orders of the unit",
    "incentive_cents": "worth of coupons, referrals and cashback that users of the unit were granted, minor units",
    "appeals": "appeals of the unit against actions",
    "come_backs": "accounts that registered after a member, on an identifier of its registration",
}
# Days after the window within which a metric's rows may arrive. Later ones are left out for every unit alike.
ARRIVES = {"loss_cents": 45, "case_paid_cents": 21, "cases": 3, "trade_cents": 3, "orders": 3, "incentive_cents": 3,
           "appeals": 3, "come_backs": 3}
# Whose money or trouble it is.
PARTY = {"loss_cents": "platform", "case_paid_cents": "platform", "cases": "user", "trade_cents": "seller",
         "orders": "seller", "incentive_cents": "platform", "appeals": "user", "come_backs": "platform"}
LOWER_IS_BETTER = tuple(name for name in METRICS if name not in ("trade_cents", "orders"))
# Names by which people ask for counts of verdicts.
VERDICTS = ("verdict", "confirm", "guilty", "conviction")


def counts_verdicts(name: str) -> bool:
    """Return whether a name asks for a count of verdicts."""
    return any(word in name.lower() for word in VERDICTS)
