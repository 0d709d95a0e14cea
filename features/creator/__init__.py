"""Everything known of a creator, one subject a file."""

from features.creator import (
    account,
    circles,
    orders,
    returns,
    traffic,
)
from features.inputs.tables import CREATORS
from features.language.feature_set import from_subjects

SUBJECTS = (
    account.FEATURES,
    traffic.FEATURES,
    orders.FEATURES,
    returns.FEATURES,
    circles.FEATURES,
)

CREATOR = from_subjects("creator", CREATORS, SUBJECTS,
                  slice_columns=("region",))
