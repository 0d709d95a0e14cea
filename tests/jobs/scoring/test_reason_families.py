"""Wording: a feature and its value as a person reads them, and the family that it is told under."""

import pytest

from features.entities import FEATURE_SETS
from features.inputs.tables import CASES, SELLERS
from features.language.feature import Attribute, Feature, Neighbours, Ratio
from features.language.feature_set import FeatureSet
from jobs.scoring import reason_families
from jobs.scoring.reason_families import formatted_values, reason_texts

NONE = float("nan")
FEATURES = FeatureSet("seller", SELLERS, (
    Feature("dispute_count", CASES, "count()", meaning="disputes opened", windows=(1, 7)),
    Feature("claim_amount", CASES, "sum(claim_cents)", meaning="claimed", unit="cents", windows=(7,)),
    Ratio("claim_mean", of="claim_amount", to="dispute_count", meaning="mean claim", unit="cents", windows=(7,)),
    Attribute("has_payout", SELLERS, "CAST(payout_id IS NOT NULL AS bigint)",
              meaning="a payout account is on file", unit="flag"),
    Neighbours("friends", of="confirmed", meaning="share of linked shops confirmed for any risk"),
    Neighbours("company", of="dispute_count_7d", meaning="disputes of linked shops"),
    Feature("smell_count", CASES, "count()", meaning="smells", windows=(7,)),
), slice_columns=())


@pytest.mark.parametrize("column, value, said", [
    ("dispute_count_7d", 12.0, "disputes opened, last 7 days: 12"),
    ("dispute_count_1d", 0.0, "disputes opened, last day: 0"),
    ("claim_amount_7d", 1234567.0, "claimed, last 7 days: 12,345.67"),
    ("claim_mean_7d", NONE, "mean claim, last 7 days: nothing to go by"),
    ("has_payout", 1.0, "a payout account is on file: yes"),
    ("has_payout", 0.0, "a payout account is on file: no"),
])
def test_a_reason_names_the_family_the_feature_its_window_and_its_value(column, value, said):
    assert reason_texts("complaints", FEATURES, column, [value]) == [f"complaints: {said}"]


def test_each_value_of_a_feature_has_a_reason_of_its_own():
    assert reason_texts("complaints", FEATURES, "dispute_count_7d", [2.0, NONE, 0.5]) == [
        "complaints: disputes opened, last 7 days: 2", "complaints: disputes opened, last 7 days: nothing to go by",
        "complaints: disputes opened, last 7 days: 0.50"]


@pytest.mark.parametrize("column, said", [
    ("user_order_count_7d", "ordered without an account"),
    ("user_order_amount_mean_7d", "ordered without an account"),
    ("user_fraud_rate_7d_delayed_7d", "ordered without an account"),
    ("device_order_amount_max_1d", "no device is known"),
    ("payment_seller_distinct_30d", "no card is known"),
    ("user_last_order_seconds_30d", "none before"),
    ("amount_to_user_mean_30d", "nothing to go by"),
])
def test_a_past_of_nobody_says_who_is_not_known(column, said):
    order = FEATURE_SETS["order"]
    assert reason_texts("the past", order, column, [NONE]) == [f"the past: {order.describe(column)}: {said}"]


@pytest.mark.parametrize("value, said", [(1234.0, "1,234"), (0.125, "0.12"), (1234.5, "1,234.50"), (-3.0, "-3"),
                                         (NONE, "nothing to go by")])
def test_a_number_has_the_precision_a_person_can_use(value, said):
    assert formatted_values([value]) == [said]


def test_cents_are_shown_in_major_units_and_a_flag_as_yes_or_no():
    assert formatted_values([5.0, NONE], "cents") == ["0.05", "nothing to go by"]
    assert formatted_values([1.0, 0.0, NONE], "flag", "unknown") == ["yes", "no", "unknown"]


@pytest.mark.parametrize("column, told", [
    ("dispute_count_7d", "complaints and disputes"),
    ("claim_mean_7d", "complaints and disputes"),  # as what it is a mean of
    ("friends_2hops", reason_families.LINKED_TO_CONFIRMED),
    ("company", reason_families.LINKED),
    ("topic_reviews_3", reason_families.WRITTEN),
])
def test_a_column_is_told_under_one_family(column, told):
    assert reason_families.family(FEATURES, column) == told


def test_a_definition_without_a_family_is_refused_with_the_place_to_add_it():
    with pytest.raises(KeyError, match=r"seller/smell_count \(smells\).*Add smell_count .* FAMILIES\['seller'\] of "
                                       r"jobs/scoring/reason_families.py"):
        reason_families.family(FEATURES, "smell_count_7d")


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_every_feature_belongs_to_a_family(entity):
    """Fails with the line to edit when a feature was added without its wording."""
    for column in FEATURE_SETS[entity].columns:
        assert reason_families.family(FEATURE_SETS[entity], column)


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_families_name_definitions_that_exist_and_none_twice(entity):
    named = [name for names in reason_families.FAMILIES[entity].values() for name in names.split()]
    assert sorted(set(named) - {d.name for d in FEATURE_SETS[entity].definitions}) == []
    assert sorted(name for name in named if named.count(name) > 1) == []
