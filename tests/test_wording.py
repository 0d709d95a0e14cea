"""Wording: a feature and its value as a person reads them."""

import pytest

from features.feature import Account, Feature, FeatureSet, Ratio
from features.tables import CASES, SELLERS
from jobs.wording import number, plain, reason

FEATURES = FeatureSet("seller", SELLERS, (
    Feature("dispute_count", CASES, "count()", meaning="disputes opened", windows=(1, 7)),
    Feature("claim_amount", CASES, "sum(claim_cents)", meaning="claimed, minor units", windows=(7,)),
    Ratio("claim_mean", of="claim_amount", to="dispute_count", meaning="mean claim, minor units", windows=(7,)),
    Account("is_new", SELLERS, "as_of = CAST(registered_at AS date)", meaning="registered today (1) or not (0)"),
), slices=())


@pytest.mark.parametrize("column, value, said", [
    ("dispute_count_7d", 12.0, "disputes opened, last 7 days: 12"),
    ("dispute_count_1d", 0, "disputes opened, last day: 0"),
    ("claim_amount_7d", 1234567.0, "claimed, last 7 days: 12,345.67"),
    ("claim_mean_7d", None, "mean claim, last 7 days: nothing to go by"),
    ("is_new", 1.0, "registered today: yes"),
    ("is_new", 0.0, "registered today: no"),
])
def test_a_reason_names_the_feature_its_window_and_its_value(column, value, said):
    assert reason(FEATURES, column, value) == said


@pytest.mark.parametrize("value, said", [(1234.0, "1,234"), (0.125, "0.12"), (1234.5, "1,234.50"), (-3.0, "-3"),
                                         (None, "nothing to go by"), (float("nan"), "nothing to go by")])
def test_a_number_has_the_precision_a_person_can_use(value, said):
    assert number("orders", value) == said


def test_a_unit_goes_to_the_value():
    assert plain("sales, minor units, last 7 days") == "sales, last 7 days"
    assert number("sales, minor units", 5) == "0.05"
