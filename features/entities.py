"""The scored entities with their feature sets: sellers, users, creators as of a day, orders as of their event time."""

from features.creator import CREATOR
from features.language.feature_set import FeatureSet
from features.order import ORDER
from features.seller import SELLER
from features.user import USER

AS_OF_DAY: dict[str, FeatureSet] = {"seller": SELLER, "user": USER, "creator": CREATOR}
FEATURE_SETS: dict[str, FeatureSet] = {**AS_OF_DAY, "order": ORDER}
