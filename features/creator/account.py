"""A creator's registration."""

from features.inputs.tables import CREATORS
from features.language import Attribute

FEATURES = [
    Attribute("account_age_days", CREATORS, "datediff(as_of, CAST(registered_at AS date))",
              meaning="days since the creator was registered", unit="days"),
    Attribute("follower_number", CREATORS, "followers", meaning="followers"),
    Attribute("has_buyer_account", CREATORS, "CAST(user_id IS NOT NULL AS bigint)",
              meaning="an account as a buyer is on file", unit="flag"),
]
