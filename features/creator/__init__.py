"""The features of a creator, one subject per file."""

from features.creator import (
    account,
    audience,
    orders,
    returns,
    traffic,
)
from features.inputs.tables import CREATORS
from features.language import from_subjects

SUBJECTS = (
    account.FEATURES,
    traffic.FEATURES,
    orders.FEATURES,
    returns.FEATURES,
    audience.FEATURES,
)

CREATOR = from_subjects("creator", CREATORS, SUBJECTS,
                        slice_columns=("region",))
