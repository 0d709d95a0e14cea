"""The weight and number of a seller's parcels: fake orders ship air, or one parcel for several orders."""

from features.inputs.tables import SHIPMENTS
from features.language import Feature, Peer, Ratio

# The weight of an empty envelope. Some honest goods are as light, so that shops are compared with their peers.
IS_LIGHT = "weight_grams < 50"

FEATURES = [
    Feature("weighed_parcel_count", SHIPMENTS, "count()", where="weight_grams IS NOT NULL", meaning="parcels weighed",
            windows=(7, 30)),
    Feature("light_parcel_count", SHIPMENTS, "count()", where=IS_LIGHT, meaning="parcels under 50 grams",
            windows=(7, 30)),
    Feature("parcel_grams", SHIPMENTS, "sum(weight_grams)", meaning="weight of all parcels, grams", windows=(30,)),
    Feature("tracked_parcel_count", SHIPMENTS, "count()", where="tracking_id IS NOT NULL",
            meaning="parcels with a tracking number", windows=(30,)),
    Feature("tracking_distinct", SHIPMENTS, "distinct(tracking_id)", meaning="different tracking numbers",
            windows=(30,)),
    Ratio("light_parcel_rate", of="light_parcel_count", to="weighed_parcel_count",
          meaning="share of parcels under 50 grams", windows=(7, 30)),
    Ratio("parcel_grams_mean", of="parcel_grams", to="weighed_parcel_count", meaning="mean parcel, grams",
          windows=(30,)),
    # Below 1, several orders were shipped under one number.
    Ratio("trackings_per_parcel", of="tracking_distinct", to="tracked_parcel_count",
          meaning="different tracking numbers per tracked parcel", windows=(30,)),
    Peer("light_parcel_rate_vs_peers", of="light_parcel_rate", by=("region", "category"),
         meaning="share of parcels under 50 grams against shops of the same region and category"),
    Peer("parcel_grams_mean_vs_peers", of="parcel_grams_mean", by=("region", "category"),
         meaning="mean parcel weight against shops of the same region and category"),
]
