"""Metrics of slices of test rows."""

import numpy as np
import pytest

from jobs.evaluation import slices
from jobs.evaluation.metrics import Scored
from jobs.evaluation.slices import SliceMetrics


def rows(number: int) -> Scored:
    """Rows of one day whose scores rise, every second one positive, beginning with the second."""
    order = np.arange(number)
    return Scored(order % 2, order / 20, np.zeros(number, int), np.array([f"s{n:02}" for n in order]), order)


def test_a_slice_has_its_own_metrics_and_one_with_few_positives_only_counts():
    regions = np.array(["EU"] * 10 + ["US"] * 3)
    # EU holds five of the odd rows, one of them the last; US holds one. The best four rows are 12, 11, 10 and 9.
    europe, america = slices.by_slice(rows(13), {"region": regions}, capacity=4)
    assert europe == SliceMetrics("region", "EU", 10, 5, 1, 0.5,
                                  pytest.approx((1 / 1 + 2 / 3 + 3 / 5 + 4 / 7 + 5 / 9) / 5), 15 / 25)
    assert (america.value, america.rows, america.positives, america.found, america.recall) == ("US", 3, 1, 1, 1.0)
    assert np.isnan([america.base_rate, america.average_precision, america.roc_auc]).all()


def test_a_missing_slice_value_is_unknown():
    found = slices.by_slice(rows(4), {"region": np.array([None, float("nan"), " ", "EU"], dtype=object)}, capacity=1)
    assert [(part.value, part.rows) for part in found] == [("EU", 1), ("unknown", 3)]


def test_values_that_a_metric_name_could_not_hold_stay_apart():
    found = slices.by_slice(rows(3), {"category": np.array(["toys+games", "toys&games", "../games"])}, capacity=1)
    assert [part.value for part in found] == ["../games", "toys&games", "toys+games"]


def test_the_weakest_slices_are_those_of_which_a_review_finds_least():
    parts = [SliceMetrics("region", value, 100, positives, found, 0.1, 0.5, 0.5)
             for value, positives, found in (("a", 10, 9), ("b", 20, 2), ("c", 4, 0), ("d", 10, 1), ("e", 10, 5))]
    assert [part.value for part in slices.weakest(parts)] == ["b", "d", "e"]


def test_slices_that_were_stored_come_back():
    found = slices.by_slice(rows(13), {"region": np.array(["EU"] * 10 + ["US"] * 3)}, capacity=4)
    stored = [{name: None if value != value else value for name, value in vars(part).items()} for part in found]
    assert repr(slices.from_table(stored)) == repr(found)


def test_a_dimension_of_another_length_is_refused():
    with pytest.raises(ValueError, match="region has 2 values for 5 rows"):
        slices.by_slice(rows(5), {"region": np.array(["EU", "US"])}, capacity=1)
