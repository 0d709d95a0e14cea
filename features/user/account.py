"""A user's registration."""

from features.inputs.tables import USERS
from features.language import Attribute

FEATURES = [
    Attribute("account_age_days", USERS, "datediff(as_of, CAST(registered_at AS date))",
              meaning="days since the account was registered", unit="days"),
    Attribute("is_referred", USERS, "CAST(referrer_id IS NOT NULL AS bigint)",
              meaning="invited by another account", unit="flag"),
    Attribute("has_phone", USERS, "CAST(phone_id IS NOT NULL AS bigint)",
              meaning="a telephone number is on file", unit="flag"),
]
