"""Declared models: risk, features, parameters and release criteria, one entry per model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from features.entities import FEATURE_SETS
from features.language.feature_set import FeatureSet
from features.order import cases
from features.risks import Risk, find

# Trees are shallow, because a model has tens to hundreds of positives. Early stopping decides their number.
# A leaf's weight is the sum of its rows' p(1 - p). At a base rate of one in a hundred, the common minimum of 5 needs
# five hundred rows in every leaf.
PARAMETERS = MappingProxyType({
    "objective": "binary:logistic", "eval_metric": "aucpr", "tree_method": "hist", "max_depth": 4,
    "eta": 0.1, "min_child_weight": 2, "subsample": 0.8, "colsample_bytree": 0.5, "lambda": 5.0,
    "max_bin": 128,
})


@dataclass(frozen=True)
class ReleaseCriteria:
    """Minimum results on the test weeks that a model needs before it may score."""

    positives: int = 10
    lift: float = 3.0  # average precision over the base rate
    calibration_error: float = 0.05


@dataclass(frozen=True)
class Model:
    """A model of one risk.

    Attributes:
        features: names of definitions; the model reads all windows of each.
        text: names of texts of the feature set; the model reads their topics.
    """

    entity: str
    risk: str
    features: tuple[str, ...]
    parameters: Mapping[str, object] = field(default_factory=lambda: PARAMETERS)
    rounds: int = 600
    patience: int = 25
    release: ReleaseCriteria = ReleaseCriteria()
    text: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the MLflow experiment."""
        return f"{self.entity}/{self.risk}"

    @property
    def registered_name(self) -> str:
        return f"{self.entity}-{self.risk}"

    @property
    def declared_risk(self) -> Risk:
        return find(self.entity, self.risk)

    @property
    def feature_set(self) -> FeatureSet:
        return FEATURE_SETS[self.entity]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the feature columns in the order of the model's input."""
        wanted = set(self.features)
        return tuple(c for d in self.feature_set.definitions if d.name in wanted for c in d.columns)


# Features that several models of an entity share, by the subject that declares them. A model names its other features.
SALES = (
    "account_age_days", "order_count", "order_amount", "order_amount_max", "order_amount_min", "order_amount_mean",
    "discount_amount", "discount_rate", "product_distinct", "first_order_age_days", "last_order_age_days",
    "order_count_change", "order_count_growth", "order_amount_growth", "order_amount_mean_change",
    "order_count_vs_peers", "order_amount_mean_vs_peers",
)
BUYERS = (
    "buyer_distinct", "buyer_device_distinct", "buyer_address_distinct", "guest_order_count", "orders_per_buyer",
    "devices_per_buyer", "addresses_per_buyer", "campaign_order_count", "campaign_order_rate",
)
REVIEWS = (
    "review_count", "rating_mean", "five_star_count", "five_star_rate", "empty_praise_count", "empty_praise_rate",
    "long_review_count", "review_text_distinct", "texts_per_review", "reviews_per_order", "review_count_growth",
    "rating_mean_change", "reviews_per_order_vs_peers", "five_star_rate_vs_peers",
)
SHOP_GROUP = ("payout", "device", "owner", "shop_group_size", "neighbour_confirmed", "neighbour_case_rate")

SPENDING = (
    "account_age_days", "is_referred", "has_phone", "order_count", "order_amount", "order_amount_max",
    "order_amount_min", "order_amount_mean", "seller_distinct", "product_distinct", "night_order_rate",
    "first_order_age_days", "last_order_age_days", "order_count_change", "order_amount_growth",
    "order_count_vs_peers",
)
IDENTITY = ("device_distinct", "address_distinct", "payment_distinct", "devices_per_order", "addresses_per_order")
ACCOUNT_GROUP = (
    "device", "address", "payment", "phone", "ip", "account_group_size", "neighbour_confirmed",
    "neighbour_account_age",
)

# An order has the same names over delayed windows.
EARLIER_CASES = tuple(dict.fromkeys(definition.name for definition in cases.FEATURES))
AT_PLACEMENT = tuple(dict.fromkeys(definition.name for definition in FEATURE_SETS["order"].definitions
                                   if definition.name not in EARLIER_CASES))
# Most returns and cancellations follow no pattern, so that no model lifts them as far as an attack.
AFTER_SALES_RELEASE = ReleaseCriteria(lift=1.5)

MODELS = (
    Model("seller", "brushing", (
        *SALES, *BUYERS, *REVIEWS, *SHOP_GROUP,
        "round_order_count", "round_order_rate", "parcel_count", "parcels_per_order",
        "light_parcel_count", "light_parcel_rate", "light_parcel_rate_vs_peers", "parcel_grams_mean",
        "parcel_grams_mean_vs_peers", "tracking_distinct", "trackings_per_parcel",
        "case_rate", "case_rate_vs_peers", "orders_per_click", "orders_per_click_vs_peers",
        "buyer", "neighbour_brushing",
    ), text=("reviews",)),
    Model("seller", "click_farm", (
        *SALES,
        "click_count", "bounce_count", "bounce_rate", "dwell_ms_mean", "clicker_distinct", "click_device_distinct",
        "click_ip_distinct", "bounce_minute_distinct", "clicks_per_device", "users_per_device", "devices_per_ip",
        "bounces_per_minute", "orders_per_click", "click_count_change", "click_count_growth",
        "orders_per_click_change", "click_count_vs_peers", "bounce_rate_vs_peers", "orders_per_click_vs_peers",
        "payout", "device", "owner", "shop_group_size", "neighbour_confirmed", "clicker",
    )),
    Model("seller", "merchant_fraud", (
        *SALES, *BUYERS, *SHOP_GROUP, "has_payout",
        "case_count", "claim_amount", "claim_rate", "dispute_count", "not_received_count", "not_received_rate",
        "not_received_rate_vs_peers", "complainant_distinct", "outcome_count", "seller_fault_count",
        "seller_fault_rate", "paid_amount", "case_rate", "case_rate_vs_peers", "case_count_change",
        "case_rate_change", "dispute_count_growth",
        "parcel_count", "lost_parcel_count", "lost_parcel_rate", "last_parcel_age_days", "waiting_hours_mean",
        "parcels_per_order", "parcels_per_order_change", "parcels_per_order_vs_peers",
        "review_count", "rating_mean", "rating_mean_change", "neighbour_fraud",
    ), text=("reviews", "complaints")),
    Model("seller", "information_leakage", (
        "account_age_days", "order_count", "order_count_growth", "order_count_vs_peers", "buyer_distinct",
        "parcel_count", "access_count", "read_orders", "read_orders_max", "night_read_orders", "export_count",
        "night_export_count", "operator_distinct", "night_app_distinct", "reads_per_order", "reads_per_access",
        "night_read_rate", "export_rate", "read_orders_change", "reads_per_order_change",
        "reads_per_order_vs_peers", "night_read_rate_vs_peers",
        "leak_complaint_count", "leak_complaint_rate", "leak_complaint_count_growth", "case_count", "case_rate",
        "dispute_count", "operator", "app", "owner", "shop_group_size", "neighbour_confirmed", "neighbour_leakage",
    ), text=("complaints",)),
    Model("user", "account_integrity", (
        *SPENDING, *IDENTITY, *ACCOUNT_GROUP,
        "order_amount_change", "order_amount_mean_change", "order_amount_max_change",
        "device_change", "address_change", "payment_change",
        "login_count", "failed_login_count", "changed_login_count", "password_change_count", "address_change_count",
        "payout_change_count", "last_change_age_days", "login_device_distinct", "login_ip_distinct",
        "failed_login_rate", "failed_login_count_change", "login_device_change", "login_ip_change",
        "failed_login_rate_vs_peers",
        "case_count", "dispute_count", "unauthorised_count", "case_count_growth", "grant_count", "click_count",
        "orders_per_click", "referrer", "neighbour_takeover",
    ), text=("complaints",)),
    Model("user", "incentive_abuse", (
        *SPENDING, *IDENTITY, *ACCOUNT_GROUP,
        "discount_amount", "discount_rate", "discount_rate_vs_peers", "campaign_order_count", "campaign_order_rate",
        "grant_count", "grant_amount", "coupon_count", "referral_count", "cashback_amount", "first_grant_age_days",
        "grants_per_order", "grant_rate", "cashback_rate", "grant_count_growth", "grant_amount_vs_peers",
        "referral_count_vs_peers",
        "return_count", "cancellation_count", "cancellation_rate", "case_rate", "referrer",
        "neighbour_incentive_abuse", "neighbour_grant_rate",
    )),
    Model("user", "refund_abuse", (
        *SPENDING, *IDENTITY, *ACCOUNT_GROUP,
        "discount_rate", "case_count", "claim_amount", "claim_amount_max", "refund_count", "return_count",
        "dispute_count", "not_received_count", "not_received_rate", "denied_parcel_count", "evidence_count",
        "evidence_distinct", "evidence_per_claim", "claimed_seller_distinct", "last_case_age_days",
        "outcome_count", "buyer_fault_count", "buyer_fault_rate", "paid_amount", "case_rate", "claim_rate",
        "case_count_growth", "case_rate_change", "case_rate_vs_peers", "evidence", "neighbour_refund_abuse",
        "neighbour_case_rate",
    ), text=("complaints",)),
    Model("user", "malicious_activity", (
        *SPENDING, *ACCOUNT_GROUP,
        "quantity", "quantity_max", "products_per_order", "order_minute_distinct", "minutes_per_order",
        "cancellation_count", "cancellation_rate", "cancelled_quantity", "cancelled_quantity_rate",
        "case_count", "case_rate", "refund_count", "claim_rate",
        "review_count", "one_star_count", "one_star_rate", "demand_review_count", "long_review_count",
        "review_text_distinct", "texts_per_review", "reviews_per_order",
        "click_count", "bounce_count", "bounce_rate", "dwell_ms_mean", "orders_per_click", "click_count_change",
        "review_text", "neighbour_malicious", "neighbour_one_star_count",
    ), text=("reviews",)),
    Model("creator", "traffic_fraud", (
        "account_age_days", "follower_number", "has_buyer_account",
        "click_count", "bounce_count", "night_click_rate", "anonymous_click_rate", "last_click_age_days",
        "clicker_distinct", "click_device_distinct", "click_ip_distinct", "bounce_rate", "dwell_ms_mean",
        "clicks_per_user", "clicks_per_device", "users_per_device", "devices_per_ip", "click_count_change",
        "click_count_growth", "bounce_rate_change", "dwell_ms_mean_change", "click_count_vs_peers",
        "bounce_rate_vs_peers", "dwell_ms_mean_vs_peers",
        "order_count", "order_amount", "order_amount_max", "order_amount_min", "quantity_per_order",
        "discount_rate", "campaign_order_rate", "night_order_rate", "buyer_distinct", "buyer_address_distinct",
        "first_order_age_days", "last_order_age_days", "order_amount_mean", "orders_per_buyer",
        "addresses_per_buyer", "orders_per_click", "order_count_change", "order_count_growth",
        "order_amount_growth", "order_amount_mean_change", "orders_per_click_change", "order_count_vs_peers",
        "orders_per_click_vs_peers", "order_amount_mean_vs_peers",
        "case_count", "claim_amount", "return_count", "refund_count", "cancellation_count", "returned_quantity",
        "late_return_count", "last_case_age_days", "case_rate", "claim_rate", "return_rate", "cancellation_rate",
        "late_return_rate", "case_count_growth", "return_rate_change", "case_rate_vs_peers", "return_rate_vs_peers",
        "buyer", "clicker",
    )),
    Model("order", "payment_fraud", AT_PLACEMENT),
    Model("order", "dispute", (*AT_PLACEMENT, *EARLIER_CASES), release=AFTER_SALES_RELEASE),
    Model("order", "return", (*AT_PLACEMENT, *EARLIER_CASES), release=AFTER_SALES_RELEASE),
    Model("order", "cancellation", (*AT_PLACEMENT, *EARLIER_CASES), release=AFTER_SALES_RELEASE),
)


def find_model(name: str) -> Model:
    """Return the model of an experiment's name, such as `seller/merchant_fraud`.

    Raises:
        KeyError: no such model is declared.
    """
    for model in MODELS:
        if model.name == name:
            return model
    raise KeyError(f"no model {name}; declared: {', '.join(m.name for m in MODELS)}")


def of_entity(entity: str) -> tuple[Model, ...]:
    """Return the models of one entity, in declared order."""
    return tuple(model for model in MODELS if model.entity == entity)
