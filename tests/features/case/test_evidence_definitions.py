"""The features and the evidence of cases, as they are defined: names, units, and conditions that a row can meet."""

import re

import pytest

from features.case.definitions import CASE_FEATURES, NAMES, PHRASES
from features.case.evidence import validate_evidence
from features.case.evidence_definitions import EVIDENCE
from features.inputs.tables import TABLES
from features.language.feature import UNITS
from jobs.after_sales.case_evidence import evidence_of
from jobs.after_sales.case_rows import FACTS
from tests.support.closed_rows import closed, with_column

PERSONAL = re.compile(r"\b(region|age|language|gender|country)\b")

# A row that has the evidence, by what differs from a row of zeros.
HAS = {
    "photo_shown_before": {"photo_copies": 1}, "photo_of_own_earlier_case": {"photo_of_same_buyer": 1},
    "buyer_has_it": {"buyer_has_it": 1}, "buyer_changes_story": {"buyer_changes_story": 1},
    "wear_is_noted": {"wear_is_noted": 1}, "handed_over_in_person": {"handed_over_at_shop": 1},
    "taken_from_locker": {"handed_over_at_locker": 1},
    "buyer_claims_often": {"buyer_case_rate": 0.3, "buyer_orders": 5},
    "buyer_was_responsible_often": {"buyer_buyer_share": 0.6, "buyer_closed": 3},
    "changed_their_mind": {"reason": "changed_mind"},
    "shipped_after_promise": {"hours_past_promise": 1, "has_parcel": 1},
    "not_shipped_as_promised": {"hours_past_promise": 73}, "parcel_is_light": {"weight_ratio": 0.49},
    "seller_admits": {"seller_admits": 1},
    "listing_is_bold": {"bold_words": 1, "reason": "not_as_described"},
    "seller_has_many_cases": {"seller_case_rate": 0.25, "seller_orders": 20},
    "reason_is_the_sellers_usual": {"seller_reason_rate": 0.5, "same_reason_cases": 5},
    "seller_was_responsible_often": {"seller_seller_share": 0.6, "seller_closed": 5},
    "product_has_many_cases": {"product_seller_share": 0.6, "product_closed": 3},
    "not_handed_out": {"days_without_scan": 10}, "left_with_neighbour": {"handed_over_at_neighbour": 1},
    "slower_than_usual": {"days_past_usual": 3}, "carrier_admits": {"carrier_admits": 1},
    "carrier_was_responsible_often": {"carrier_carrier_share": 0.2, "carrier_closed": 20},
    "platform_admits": {"platform_admits": 1}, "order_is_denied": {"reason": "unauthorised"},
}


def test_features_have_names_units_and_meanings():
    assert len(set(NAMES)) == len(NAMES) and all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in NAMES)
    assert {each.unit for each in CASE_FEATURES} <= {"", *UNITS}
    assert all(each.meaning for each in CASE_FEATURES)
    assert all(each.unit == "cents" for each in CASE_FEATURES if each.name.endswith("_cents"))


def test_no_feature_reads_an_attribute_of_a_person():
    assert PERSONAL.search("o.region") and not [each.name for each in CASE_FEATURES if PERSONAL.search(each.sql)]


def test_phrases_are_patterns_in_small_letters_without_quotes():
    for role, pattern, meaning in PHRASES.values():
        assert re.compile(pattern) and pattern == pattern.lower() and "'" not in pattern
        assert role in ("buyer", "seller", "agent") and meaning


def test_the_evidence_fits_the_rows_of_cases():
    validate_evidence(EVIDENCE, (*FACTS, *NAMES))
    assert {each.name for each in EVIDENCE} == set(HAS)
    assert all(each.meaning.endswith(".") for each in EVIDENCE)


@pytest.fixture(scope="module")
def zeros():
    """A row in which every feature is 0 and only a missing weight would be a sign."""
    rows = closed(1, unclear=1.0).rows
    for name in NAMES:
        rows = with_column(rows, name, [1.0 if name == "weight_ratio" else 0.0])
    return with_column(rows, "reason", ["item_not_received"])


@pytest.mark.parametrize("name", HAS)
def test_each_piece_of_evidence_is_found_and_nothing_else(zeros, name):
    rows = zeros
    for column, value in HAS[name].items():
        rows = with_column(rows, column, [value])
    found = evidence_of(rows, EVIDENCE, tuple(TABLES))
    assert [each for each, there in found.items() if there[0] == 1] == [name]
    for column in HAS[name]:
        unknown = evidence_of(with_column(rows, column, [None]), EVIDENCE, tuple(TABLES))[name][0]
        assert unknown != unknown, f"{name} is known without {column}"
