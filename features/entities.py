"""The entities that are scored, each with its feature set."""

from features.creator import CREATOR
from features.feature import FeatureSet
from features.seller import SELLER
from features.user import USER

FEATURE_SETS: dict[str, FeatureSet] = {"seller": SELLER, "user": USER, "creator": CREATOR}
