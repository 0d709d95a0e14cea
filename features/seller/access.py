"""Accesses to a seller's orders: how many, by whom and when.

Software reads the orders that are shipped, a leak reads all of them.
"""

from features.inputs.conditions import at_night
from features.inputs.tables import ACCESSES
from features.language import Change, Feature, Peer, Ratio

AT_NIGHT = at_night("accessed_at")

FEATURES = [
    Feature("access_count", ACCESSES, "count()", meaning="accesses to orders", windows=(7,)),
    Feature("read_orders", ACCESSES, "sum(orders_read)", meaning="orders read", windows=(1, 7, 30)),
    Feature("read_orders_max", ACCESSES, "max(orders_read)", meaning="most orders read in one access",
            windows=(7,)),
    Feature("night_read_orders", ACCESSES, "sum(orders_read)", where=AT_NIGHT,
            meaning="orders read between midnight and six", windows=(7,)),
    Feature("export_count", ACCESSES, "count()", where="exported", meaning="exports of orders", windows=(7,)),
    Feature("night_export_count", ACCESSES, "count()", where=f"exported AND {AT_NIGHT}",
            meaning="exports of orders between midnight and six", windows=(7, 30)),
    Feature("operator_distinct", ACCESSES, "distinct(operator_id)", meaning="different operators", windows=(7, 30)),
    # An app would be a shared identifier of all honest shops that use it. An export at night is the stronger signal.
    Feature("night_app_distinct", ACCESSES, "distinct(app_id)", where=f"exported AND {AT_NIGHT}",
            meaning="different apps that exported orders between midnight and six", windows=(30,)),
    Ratio("reads_per_order", of="read_orders", to="order_count", meaning="orders read per order",
          windows=(7, 30)),
    Ratio("reads_per_access", of="read_orders", to="access_count", meaning="orders read per access", windows=(7,)),
    Ratio("night_read_rate", of="night_read_orders", to="read_orders",
          meaning="share of read orders that were read between midnight and six", windows=(7,)),
    Ratio("export_rate", of="export_count", to="access_count", meaning="share of accesses that were exports",
          windows=(7,)),
    Change("read_orders_change", of="read_orders", meaning="orders read today against the seller's own month"),
    Change("reads_per_order_change", of="reads_per_order", short=7, long=30,
           meaning="orders read per order this week against the seller's own month"),
    Peer("reads_per_order_vs_peers", of="reads_per_order", by=("region", "category"), window=7,
         meaning="orders read per order against shops of the same region and category"),
    Peer("night_read_rate_vs_peers", of="night_read_rate", by=("region", "category"), window=7,
         meaning="share of orders read at night against shops of the same region and category"),
]
