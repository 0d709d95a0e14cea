"""Everything known of a creator, one subject a file."""

from features.creator import (
    account,
    circles,
    orders,
    returns,
    traffic,
)
from features.inputs.tables import CREATORS
from features.language.feature_set import collect

SUBJECTS = (
    account.FEATURES,
    traffic.FEATURES,
    orders.FEATURES,
    returns.FEATURES,
    circles.FEATURES,
)

CREATOR = collect("creator", CREATORS, SUBJECTS,
                  slices=("region",))
