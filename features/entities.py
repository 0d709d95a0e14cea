"""What is scored, each with its feature set: entities as of a day, and orders as of the moment they are placed."""

from features.creator import CREATOR
from features.language.feature_set import FeatureSet
from features.order import ORDER
from features.seller import SELLER
from features.user import USER

AS_OF_DAY: dict[str, FeatureSet] = {"seller": SELLER, "user": USER, "creator": CREATOR}
FEATURE_SETS: dict[str, FeatureSet] = {**AS_OF_DAY, "order": ORDER}
