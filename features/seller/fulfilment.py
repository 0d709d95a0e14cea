"""How many of its orders a seller ships, and how long buyers wait.

A parcel arrives in the data when it is delivered, or weeks later as lost. Parcels per order therefore fall behind in
any shop that grows, and stay behind in a shop that has stopped shipping.
"""

from features.inputs.joined_sources import PARCEL_ORDERS
from features.inputs.tables import SHIPMENTS
from features.language import Change, Feature, Peer, Ratio

# The clocks of carriers and shops differ. A parcel that was apparently shipped before its order has no waiting time.
AFTER_ITS_ORDER = "ordered_at <= shipped_at"
HOURS_TO_SHIP = "(unix_timestamp(shipped_at) - unix_timestamp(ordered_at)) div 3600"

FEATURES = [
    Feature("parcel_count", SHIPMENTS, "count()", meaning="parcels handed out or lost", windows=(7, 30, 90)),
    Feature("lost_parcel_count", SHIPMENTS, "count()", where="delivered_at IS NULL",
            meaning="parcels never handed out", windows=(30,)),
    Feature("last_parcel_age_days", SHIPMENTS, "last()", meaning="days since the latest parcel was sent", unit="days",
            windows=(90,)),
    Feature("timed_parcel_count", PARCEL_ORDERS, "count()", where=AFTER_ITS_ORDER,
            meaning="parcels whose order is known", windows=(30,)),
    Feature("waiting_hours", PARCEL_ORDERS, f"sum({HOURS_TO_SHIP})", where=AFTER_ITS_ORDER,
            meaning="hours that orders waited for their parcel", windows=(30,)),
    Ratio("parcels_per_order", of="parcel_count", to="order_count", meaning="parcels per order", windows=(7, 30, 90)),
    Ratio("lost_parcel_rate", of="lost_parcel_count", to="parcel_count", meaning="share of parcels never handed out",
          windows=(30,)),
    Ratio("waiting_hours_mean", of="waiting_hours", to="timed_parcel_count", meaning="mean hours from order to parcel",
          windows=(30,)),
    Change("parcels_per_order_change", of="parcels_per_order", short=7, long=90,
           meaning="parcels per order this week against the seller's own quarter"),
    Peer("parcels_per_order_vs_peers", of="parcels_per_order", by=("region", "category"),
         meaning="parcels per order against shops of the same region and category"),
]
