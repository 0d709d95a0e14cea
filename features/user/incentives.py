"""The incentives that the platform grants to a user, by kind, and the orders that it gets for them."""

from features.inputs.tables import INCENTIVES
from features.language import Change, Feature, Peer, Ratio

FEATURES = [
    Feature("grant_count", INCENTIVES, "count()", meaning="grants", windows=(7, 30, 90)),
    Feature("grant_amount", INCENTIVES, "sum(amount_cents)", meaning="granted", unit="cents", windows=(7, 30)),
    Feature("coupon_count", INCENTIVES, "count()", where="kind = 'coupon'", meaning="coupons", windows=(30,)),
    Feature("referral_count", INCENTIVES, "count()", where="kind = 'referral'", meaning="rewards for invitations",
            windows=(7, 30)),
    Feature("cashback_amount", INCENTIVES, "sum(amount_cents)", where="kind = 'cashback'",
            meaning="cash back", unit="cents", windows=(30,)),
    Feature("first_grant_age_days", INCENTIVES, "first()", meaning="days since the first grant", unit="days",
            windows=(90,)),
    # A person uses a grant now and then. An abuser uses every grant and buys nothing else.
    Ratio("grants_per_order", of="grant_count", to="order_count", meaning="grants per order", windows=(7, 30)),
    Ratio("grant_rate", of="grant_amount", to="order_amount", meaning="granted per unit spent", windows=(30,)),
    Ratio("cashback_rate", of="cashback_amount", to="order_amount", meaning="cash back per unit spent",
          windows=(30,)),
    Change("grant_count_growth", of="grant_count", short=7, long=90,
           meaning="grants this week against the user's own quarter"),
    Peer("grant_amount_vs_peers", of="grant_amount", by=("region",),
         meaning="granted against users of the same region"),
    Peer("referral_count_vs_peers", of="referral_count", by=("region",),
         meaning="rewards for invitations against users of the same region"),
]
