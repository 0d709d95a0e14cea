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
    "incentive_cents": "worth of the coupons, referrals and cashback that the unit was granted, minor units",
    "appeals": "appeals of the unit against actions",
    "come_backs": "accounts that registered after the first eligibility on an identifier of the unit",
}
# Names by which people ask for counts of verdicts.
VERDICTS = ("verdict", "confirm", "guilty", "conviction")


def counts_verdicts(name: str) -> bool:
    """Return whether a name asks for a count of verdicts."""
    return any(word in name.lower() for word in VERDICTS)
