"""How, from where and how often an account is entered, and what is changed there.

A takeover has an order: failed attempts, a device never used before, then a new password, address or payout.
"""

from features.inputs.tables import LOGINS
from features.language import Change, Feature, Peer, Ratio

FEATURES = [
    Feature("login_count", LOGINS, "count()", meaning="logins tried", windows=(7, 30)),
    Feature("failed_login_count", LOGINS, "count()", where="NOT succeeded", meaning="logins that failed",
            windows=(1, 7, 30)),
    Feature("changed_login_count", LOGINS, "count()", where="succeeded AND change <> 'none'",
            meaning="changes of password, address or payout", windows=(1, 7, 90)),
    Feature("password_change_count", LOGINS, "count()", where="change = 'password'", meaning="changes of password",
            windows=(7,)),
    Feature("address_change_count", LOGINS, "count()", where="change = 'address'", meaning="changes of address",
            windows=(7,)),
    Feature("payout_change_count", LOGINS, "count()", where="change = 'payout'", meaning="changes of payout",
            windows=(7,)),
    Feature("last_change_age_days", LOGINS, "last()", where="succeeded AND change <> 'none'",
            meaning="days since the latest change of password, address or payout", unit="days", windows=(90,)),
    Feature("login_device_distinct", LOGINS, "distinct(device_id)", meaning="different devices logged in from",
            windows=(7, 90)),
    Feature("login_ip_distinct", LOGINS, "distinct(ip)", meaning="different network addresses logged in from",
            windows=(7, 90)),
    Ratio("failed_login_rate", of="failed_login_count", to="login_count", meaning="share of logins that failed",
          windows=(7, 30)),
    Change("failed_login_count_change", of="failed_login_count",
           meaning="failed logins today against the user's own month"),
    Change("login_device_change", of="login_device_distinct", short=7, long=90,
           meaning="login devices this week against the user's own quarter"),
    Change("login_ip_change", of="login_ip_distinct", short=7, long=90,
           meaning="login network addresses this week against the user's own quarter"),
    Peer("failed_login_rate_vs_peers", of="failed_login_rate", by=("region",), window=7,
         meaning="share of failed logins against users of the same region"),
]
