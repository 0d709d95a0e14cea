"""What a seller's registration says."""

from features.feature import Account
from features.tables import SELLERS

FEATURES = [
    # Fraudulent shops are young, or bought when old: age splits both from the rest.
    Account("account_age_days", SELLERS, "datediff(as_of, CAST(registered_at AS date))",
            meaning="days since the shop was registered"),
    Account("has_payout", SELLERS, "CAST(payout_id IS NOT NULL AS bigint)",
            meaning="a payout account is on file (1) or not (0)"),
]
