"""Features of the benchmark's models: the Handbook's fourteen, and Vigil's, in Vigil's feature language.

Vigil's features add longer windows, the customer's usual amounts, and facts about a terminal's confirmed frauds: the
first one, the last one, and the smallest amount. Thieves do not choose small payments for their size.
"""

from features.inputs.tables import ORDERS
from features.language.feature import Change, RelativeToHistory
from features.language.feature_set import from_subjects
from features.order import placed
from features.order.past import RISK, amounts, delayed_past, frauds

SPENDING_DAYS = (1, 7, 30, 90)
FRAUD_DAYS = (1, 7, 14, 30, 60)
LONG_DAYS = (30, 60)

CUSTOMER = (
    *amounts("user", "by this buyer", SPENDING_DAYS),
    *frauds("user", "by this buyer"),
    *(RelativeToHistory("amount_to_user_mean", "amount", "user_order_amount_mean",
                        "what is paid against this buyer's mean order", days) for days in (90,)),
    Change("user_order_amount_mean_change", "user_order_amount_mean", "mean order of a week against 90 days", 7, 90),
)
TERMINAL = (
    *frauds("seller", "at this shop", FRAUD_DAYS),
    delayed_past("seller_fraud_amount_min", "seller_id", "min(amount_cents)", "smallest known fraud at this shop",
                 LONG_DAYS, RISK),
    delayed_past("seller_first_fraud_seconds", "seller_id", "first()",
                 "seconds since the earliest known fraud at this shop", LONG_DAYS, RISK),
    delayed_past("seller_last_fraud_seconds", "seller_id", "last()",
                 "seconds since the last known fraud at this shop", LONG_DAYS[-1:], RISK),
    delayed_past("seller_last_order_seconds", "seller_id", "last()",
                 "seconds since the last settled order at this shop", LONG_DAYS[-1:]),
)
HANDBOOK = from_subjects("order", ORDERS, (placed.FEATURES, CUSTOMER, TERMINAL), slice_columns=(),
                         passthrough_columns=("user_id",))

# The inputs of the Handbook's models: the amount, and the fourteen features of its chapter 3.
FOURTEEN = ("amount", "is_weekend", "is_night",
            *(f"user_order_{what}_{days}d" for days in (1, 7, 30) for what in ("count", "amount_mean")),
            *(f"seller_{what}_{days}d_delayed_7d" for days in (1, 7, 30) for what in ("order_count", "fraud_rate")))
# Columns that the Handbook's payments lack are constant, and are left out.
OURS = tuple(c for c in HANDBOOK.columns if c not in ("discount", "quantity", "is_guest"))
# Groups of features that may be left out together, by prefixes of their names.
GROUPS = {"time": ("hour", "is_"),
          "orders of the shop": ("seller_order_count",),
          "orders of the customer": ("user_order_count", "user_last_order"),
          "frauds of the customer": ("user_fraud",),
          "sums paid": tuple(f"user_order_amount_{days}d" for days in SPENDING_DAYS),
          "largest paid": ("user_order_amount_max",),
          "smallest fraud": ("seller_fraud_amount_min",),
          "days of frauds": ("seller_first_fraud", "seller_last_fraud"),
          "numbers of frauds": ("seller_fraud_count",)}
# Larger values of these columns are more suspicious at any value of other columns. Frauds at a shop are not among them:
# many month-old frauds mean that the attack is over. A shop without an order in the delayed windows had nobody who
# could report a fraud.
RISING = frozenset({"amount", "amount_to_user_mean_90d", "user_order_amount_mean_change_7d_to_90d",
                    "seller_last_order_seconds_60d_delayed_7d"})
