"""Everything known of a creator, one subject a file."""

from features.creator import account, circles, orders, returns, traffic
from features.feature import collect
from features.tables import CREATORS

CREATOR = collect("creator", CREATORS,
                  (account.FEATURES, traffic.FEATURES, orders.FEATURES, returns.FEATURES, circles.FEATURES),
                  slices=("region",))
