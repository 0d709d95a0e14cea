"""The metrics of experiments: what is counted of a unit after its first eligibility.

Verdicts are no metric. They come more often where somebody acted, so that an arm with actions has more of them even
where actions do nothing.
"""

METRICS = {
    "loss_cents": "paid to buyers in cases about the unit, and its orders that banks charged back, minor units",
    "case_paid_cents": "paid to buyers in cases about the unit, minor units",
    "cases": "cases about the unit, without cancellations",
    "trade_cents": "amount of the unit's orders, minor units",
    "kept_trade_cents": "the same less what cases and banks took back, minor units",
    "honest_trade_cents": "kept_trade_cents of units that no verdict found guilty, minor units",
    "orders": "orders of the unit",
    "incentive_cents": "worth of coupons, referrals and cashback that users of the unit were granted, minor units",
    "appeals": "appeals of the unit against actions",
    "come_backs": "accounts that registered after a member, on an identifier of its registration",
    "cases_per_order": "cases about the units divided by their orders",
    "paid_per_trade": "paid to buyers in cases about the units, divided by the amount of their orders",
}
# A ratio is the sum of a metric over the units of an arm, divided by the sum of another one.
RATIOS = {"cases_per_order": ("cases", "orders"), "paid_per_trade": ("case_paid_cents", "trade_cents")}
# A metric of honest units: the metric of all of them, less the part of the guilty ones.
HONEST = {"honest_trade_cents": "kept_trade_cents"}
# Days after the window within which a metric's rows may arrive. Later ones are left out for every unit alike.
ARRIVES = {"loss_cents": 45, "case_paid_cents": 21, "cases": 3, "trade_cents": 3, "kept_trade_cents": 45,
           "honest_trade_cents": 45, "orders": 3,
           "incentive_cents": 3, "appeals": 3, "come_backs": 3, "cases_per_order": 3, "paid_per_trade": 21}
# Whose money or trouble it is.
PARTY = {"loss_cents": "platform", "case_paid_cents": "platform", "cases": "user", "trade_cents": "seller",
         "kept_trade_cents": "seller", "honest_trade_cents": "seller", "orders": "seller",
         "incentive_cents": "platform", "appeals": "user",
         "come_backs": "platform", "cases_per_order": "user", "paid_per_trade": "platform"}
LOWER_IS_BETTER = tuple(name for name in METRICS if PARTY[name] != "seller")
# Names by which people ask for counts of verdicts.
VERDICTS = ("verdict", "confirm", "guilty", "conviction")


def counts_verdicts(name: str) -> bool:
    """Return whether a name asks for a count of verdicts."""
    return any(word in name.lower() for word in VERDICTS)
