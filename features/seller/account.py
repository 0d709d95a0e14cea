"""A seller's registration."""

from features.inputs.tables import SELLERS
from features.language import Attribute

FEATURES = [
    # Fraudulent shops are young, or were bought when old: the age separates both from the rest.
    Attribute("account_age_days", SELLERS, "datediff(as_of, CAST(registered_at AS date))",
              meaning="days since the shop was registered", unit="days"),
    Attribute("has_payout", SELLERS, "CAST(payout_id IS NOT NULL AS bigint)",
              meaning="a payout account is on file", unit="flag"),
]
