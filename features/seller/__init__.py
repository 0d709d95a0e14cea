"""The features of a seller, one subject per file."""

from features.inputs.tables import CASES, REVIEWS, SELLERS
from features.language import Text, from_subjects
from features.seller import (
    access,
    account,
    buyers,
    complaints,
    fulfilment,
    links,
    parcels,
    reviews,
    sales,
    traffic,
)

SUBJECTS = (
    account.FEATURES,
    sales.FEATURES,
    buyers.FEATURES,
    complaints.FEATURES,
    fulfilment.FEATURES,
    parcels.FEATURES,
    reviews.FEATURES,
    traffic.FEATURES,
    access.FEATURES,
    links.FEATURES,
)

SELLER = from_subjects("seller", SELLERS, SUBJECTS,
                       slice_columns=("region", "category"),
                       texts=(Text("reviews", REVIEWS, meaning="what buyers say of the seller in public"),
                              Text("complaints", CASES, meaning="what buyers write when they complain of the seller")))
