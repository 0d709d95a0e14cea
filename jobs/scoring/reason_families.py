"""Reason families: the plain words of every reason code. No other module words reasons.

Every feature belongs to a family. The features of a family mean one thing to a person, and may replace each other when
a model is trained again. A new `Feature` or `Attribute` is added to a line of `FAMILIES`. A `Ratio`, `Change` or `Peer`
is added too if its meaning differs from its source features.
"""

from collections.abc import Sequence

from features.language.feature import (
    CONFIRMED,
    Change,
    Component,
    Definition,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    SharedIdentifier,
)
from features.language.feature_set import FeatureSet

# Entity -> family -> names of definitions. A phrase must hold for high and low values alike.
FAMILIES: dict[str, dict[str, str]] = {
    "seller": {
        "the shop's age and registration": "account_age_days has_payout",
        "how much it sells": "order_count order_amount order_amount_max order_amount_min product_distinct "
                             "first_order_age_days last_order_age_days",
        "sudden change in sales": "order_count_change order_count_growth order_amount_growth order_amount_mean_change",
        "discounts and promotions": "discount_amount round_order_count campaign_order_count",
        "who its buyers are": "buyer_distinct buyer_device_distinct buyer_address_distinct guest_order_count "
                              "orders_per_buyer",
        "complaints and disputes": "case_count claim_amount dispute_count complainant_distinct outcome_count "
                                   "seller_fault_count paid_amount",
        "undelivered orders": "not_received_count parcel_count lost_parcel_count last_parcel_age_days "
                              "timed_parcel_count waiting_hours",
        "strangers who knew its orders": "leak_complaint_count",
        "light or reused parcels": "weighed_parcel_count light_parcel_count parcel_grams tracked_parcel_count "
                                   "tracking_distinct",
        "its reviews": "review_count rating_stars five_star_count empty_praise_count long_review_count "
                       "review_text_distinct",
        "clicks without reading": "bounce_count timed_click_count dwell_ms bounce_minute_distinct",
        "clicks, and who makes them": "click_count clicker_distinct click_device_distinct click_ip_distinct "
                                      "orders_per_click",
        "reads more orders than it ships": "access_count read_orders read_orders_max operator_distinct",
        "orders read at night or exported": "night_read_orders export_count night_export_count night_app_distinct",
        "buyers who belong together": "buyer",
        "clicking accounts that belong together": "clicker",
        "shares payouts, devices or owners with other shops": "payout device owner shop_group_size",
        "its staff and apps read for other shops too": "operator app",
    },
    "user": {
        "the account's age and registration": "account_age_days is_referred has_phone",
        "what it buys": "order_count order_amount order_amount_max order_amount_min seller_distinct product_distinct "
                        "first_order_age_days last_order_age_days",
        "sudden change in spending": "order_count_change order_amount_change order_amount_growth "
                                     "order_amount_mean_change order_amount_max_change",
        "buys in bulk or calls off": "quantity quantity_max products_per_order cancellation_count cancelled_quantity",
        "orders by the clock": "order_minute_distinct night_order_count",
        "discounts and rewards": "discount_amount campaign_order_count grant_count grant_amount coupon_count "
                                 "referral_count cashback_amount first_grant_age_days",
        "devices, addresses and payments it uses": "device_distinct address_distinct payment_distinct",
        "logins and changed access": "login_count failed_login_count changed_login_count password_change_count "
                                     "address_change_count payout_change_count last_change_age_days "
                                     "login_device_distinct login_ip_distinct",
        "what it claims back": "case_count claim_amount claim_amount_max refund_count return_count dispute_count "
                               "claimed_seller_distinct last_case_age_days outcome_count buyer_fault_count "
                               "paid_amount",
        "orders its owner denies": "unauthorised_count",
        "claims of missing goods": "not_received_count denied_parcel_count",
        "its evidence, and who else showed it": "evidence_count evidence_distinct evidence",
        "its reviews": "review_count one_star_count demand_review_count long_review_count review_text_distinct "
                       "review_text",
        "how it browses": "click_count bounce_count timed_click_count dwell_ms orders_per_click",
    },
    "creator": {
        "the creator's age and registration": "account_age_days follower_number has_buyer_account",
        "clicks without reading": "bounce_count timed_click_count dwell_ms",
        "clicks, and who makes them": "click_count night_click_count anonymous_click_count last_click_age_days "
                                      "clicker_distinct click_device_distinct click_ip_distinct orders_per_click",
        "orders it brings": "order_count order_amount order_amount_max order_amount_min quantity night_order_count "
                            "first_order_age_days last_order_age_days",
        "sudden change in sales": "order_count_change order_count_growth order_amount_growth order_amount_mean_change",
        "discounts and promotions": "discount_amount campaign_order_count",
        "who its buyers are": "buyer_distinct buyer_address_distinct orders_per_buyer",
        "goods that come back": "case_count claim_amount return_count refund_count cancellation_count "
                                "returned_quantity late_return_count last_case_age_days",
        "buyers who belong together": "buyer",
        "clicking accounts that belong together": "clicker",
    },
    "order": {
        "what is bought": "amount discount quantity",
        "who orders": "is_guest",
        "when it is placed": "hour is_weekend is_night",
        "how it compares with what this buyer and this shop are used to":
            "amount_to_user_mean amount_to_user_max amount_to_seller_mean",
        "what the buyer ordered before": "user_order_count user_order_amount user_order_amount_max "
                                         "user_last_order_seconds user_seller_distinct",
        "devices and cards the buyer uses": "user_device_distinct user_payment_distinct",
        "what the shop sold before": "seller_order_count seller_order_amount seller_order_amount_max "
                                     "seller_last_order_seconds seller_user_distinct",
        "what was ordered from the device before": "device_order_count device_order_amount device_order_amount_max "
                                                   "device_last_order_seconds device_user_distinct",
        "what the card paid before": "payment_order_count payment_order_amount payment_order_amount_max "
                                     "payment_last_order_seconds payment_user_distinct payment_seller_distinct",
        "known fraud of the same buyer, shop, device or card": "user_fraud_count seller_fraud_count "
                                                               "device_fraud_count payment_fraud_count "
                                                               "user_fraud_rate seller_fraud_rate device_fraud_rate "
                                                               "payment_fraud_rate",
        "what became of earlier orders of this buyer": "user_dispute_count user_return_count user_cancellation_count",
        "what became of earlier orders at this shop": "seller_dispute_count seller_return_count "
                                                      "seller_cancellation_count",
    },
}
SHARES = "shares devices, addresses or payments with other accounts"
LINKED_TO_CONFIRMED = "linked to confirmed accounts"
LINKED = "what linked accounts do"
WRITTEN = "what is written"

NO_EVENTS = "nothing to go by"
# What a missing history at an event means, by the column that the history is grouped by.
NO_USERS = {"user_id": "ordered without an account", "device_id": "no device is known",
            "payment_id": "no card is known"}


def family(features: FeatureSet, column: str) -> str:
    """Return the family of a column.

    A topic of a text is no column of the feature set; its family is `WRITTEN`.

    Raises:
        KeyError: the definition belongs to no family; the message says where to add it.
    """
    return _family(features, features.definition_of(column)) if column in features.columns else WRITTEN


def _family(features: FeatureSet, definition: Definition) -> str:
    for phrase, names in FAMILIES[features.entity].items():
        if definition.name in names.split():
            return phrase
    if isinstance(definition, SharedIdentifier | Component):
        return SHARES
    if isinstance(definition, Neighbours):
        return LINKED_TO_CONFIRMED if definition.of.startswith(CONFIRMED) else LINKED
    if isinstance(definition, Ratio | Change | Peer):
        return _family(features, features.named(definition.of, getattr(definition, "delay", 0)))
    raise KeyError(f"{features.entity}/{definition.name} ({definition.meaning}) belongs to no family of reasons, so "
                   f"its scores could not be explained. Add {definition.name} to the line it fits in "
                   f"FAMILIES[{features.entity!r}] of jobs/scoring/reason_families.py, or add a line")


def reason_texts(family: str, features: FeatureSet, column: str, values: Sequence[float]) -> list[str]:
    """Return one reason text per value: the family, its strongest feature and the value; NaN is a missing value.

    An example is `complaints and disputes: disputes opened, last 7 days: 12`.
    """
    unknown = text_of_no_value(features.definition_of(column), features)
    return [f"{family}: {features.describe(column)}: {value}"
            for value in formatted_values(values, features.unit_of(column), unknown)]


def text_of_no_value(definition: Definition, features: FeatureSet) -> str:
    """Return the words for a missing value of a feature."""
    d = definition
    if isinstance(d, Ratio):
        d = features.named(d.to, d.delay)
    if not isinstance(d, Feature) or d.at != "event" or d.risk:
        return NO_EVENTS
    return "none before" if d.aggregation == "last" else NO_USERS.get(d.by, NO_EVENTS)


def topic_reason(family: str, text: str, words: Sequence[str]) -> str:
    """Return a reason from the strongest words of a text, such as `what is written: complaints: false refund, caller`.
    """
    return f"{family}: {text}: {', '.join(words) or NO_EVENTS}"


def formatted_values(values: Sequence[float], unit: str = "", unknown: str = NO_EVENTS) -> list[str]:
    """Format values with the precision that a person can use; `unknown` for NaN.

    Args:
        values: numbers; NaN is a missing value.
        unit: one of `features.language.feature.UNITS`; cents are shown in major units, a flag as yes or no.
        unknown: the words for NaN.
    """
    if unit == "flag":
        return [unknown if v != v else "yes" if v else "no" for v in values]
    if unit == "cents":
        return [unknown if v != v else f"{v / 100:,.2f}" for v in values]
    return [unknown if v != v else f"{v:,.0f}" if v.is_integer() else f"{v:,.2f}" for v in values]
