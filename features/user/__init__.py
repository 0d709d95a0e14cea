"""Everything known of a user, one subject a file."""

from features.feature import collect
from features.tables import USERS
from features.user import account, claims, identity, spending

USER = collect("user", USERS,
               (account.FEATURES, spending.FEATURES, identity.FEATURES, claims.FEATURES),
               slices=("region",))
