"""Everything known of a creator, one subject a file."""

from features.creator import (
    account,
    circles,
    orders,
    returns,
    traffic,
)
from features.feature_set import collect
from features.tables import CREATORS

SUBJECTS = (
    account.FEATURES,
    traffic.FEATURES,
    orders.FEATURES,
    returns.FEATURES,
    circles.FEATURES,
)

CREATOR = collect("creator", CREATORS, SUBJECTS,
                  slices=("region",))
