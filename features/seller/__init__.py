"""Everything known of a seller, one subject a file."""

from features.feature import collect
from features.seller import account, buyers, complaints, sales
from features.tables import SELLERS

SELLER = collect("seller", SELLERS,
                 (account.FEATURES, sales.FEATURES, buyers.FEATURES, complaints.FEATURES),
                 slices=("region", "category"))
