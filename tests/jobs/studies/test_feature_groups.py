"""Groups of features, as the ablation takes them away."""

import pytest

from features.inputs.tables import CASES, REVIEWS, SELLERS
from features.language.feature import Audience, Change, Component, Feature, Neighbours, Peer, Ratio, SharedIdentifier
from features.language.feature_set import FeatureSet
from jobs.studies import ablation, feature_groups
from jobs.training.models import MODELS

SET = FeatureSet("seller", SELLERS, (
    Feature("case_count", CASES, "count()", meaning="cases", windows=(7, 30)),
    Feature("buyer_distinct", CASES, "distinct(user_id)", meaning="buyers", windows=(30,)),
    Feature("word_count", REVIEWS, "sum(length(text))", meaning="letters", windows=(7, 30)),
    Feature("scam_count", CASES, "count()", where="lower(text) LIKE '%scam%'", meaning="scams", windows=(30,)),
    Feature("context_count", CASES, "count()", where="reason = 'context'", meaning="no text", windows=(30,)),
    Ratio("words_per_case", of="word_count", to="case_count", meaning="letters per case", windows=(30,)),
    Ratio("cases_per_word", of="case_count", to="word_count", meaning="cases per letter", windows=(30,)),
    Change("word_growth", of="word_count", short=7, long=30, meaning="growth"),
    Peer("words_vs_peers", of="words_per_case", by=("region",), meaning="against peers"),
    SharedIdentifier("payout", profile_columns=("payout_id",), meaning="same payout"),
    Component("group_size", meaning="group"),
    Neighbours("friends", of="confirmed", meaning="confirmed"),
    Audience("buyer", of="buyer_distinct", meaning="buyers"),
), slice_columns=())


@pytest.mark.parametrize("column, group", [
    ("case_count_7d", "profiles"), ("context_count_30d", "profiles"), ("word_count_7d", "text"),
    ("scam_count_30d", "text"), ("words_per_case_30d", "text"), ("cases_per_word_30d", "text"),
    ("word_growth_7d_to_30d", "text"), ("words_vs_peers_30d", "text"), ("topic_reviews_0", "text"),
    ("payout_sharers", "links"), ("group_size", "links"), ("friends_2hops", "links"), ("linked_buyer_share", "links"),
])
def test_a_column_knows_a_profile_links_or_text(column, group):
    assert feature_groups.feature_group(SET, column) == group


def test_a_variant_leaves_one_group_out_and_profiles_remain_in_all():
    model = next(m for m in MODELS if m.name == "seller/brushing")
    left = ablation.variants(model)
    taken = {name: {feature_groups.feature_group(model.feature_set, c) for c in set(model.columns) - set(columns)}
             for name, (columns, _) in left.items()}
    assert taken == {"all features": set(), "without links": {"links"}, "without text": {"text"},
                     "profiles alone": {"links", "text"}}
    assert {name: texts for name, (_, texts) in left.items()} == {
        "all features": ("reviews",), "without links": ("reviews",), "without text": (), "profiles alone": ()}


def test_a_variant_that_leaves_in_what_another_does_is_not_trained_again():
    model = next(m for m in MODELS if m.name == "creator/traffic_fraud")
    assert list(ablation.variants(model)) == ["all features", "without links"]  # it reads no text
