"""The features of a user, one subject per file."""

from features.inputs.tables import CASES, REVIEWS, USERS
from features.language import Text, from_subjects
from features.user import (
    account,
    browsing,
    claims,
    identity,
    incentives,
    links,
    logins,
    reviews,
    spending,
)

SUBJECTS = (
    account.FEATURES,
    spending.FEATURES,
    identity.FEATURES,
    logins.FEATURES,
    claims.FEATURES,
    incentives.FEATURES,
    reviews.FEATURES,
    browsing.FEATURES,
    links.FEATURES,
)

USER = from_subjects("user", USERS, SUBJECTS,
                     slice_columns=("region",),
                     texts=(Text("reviews", REVIEWS, meaning="what the user says in public"),
                            Text("complaints", CASES, meaning="what the user writes when complaining")))
