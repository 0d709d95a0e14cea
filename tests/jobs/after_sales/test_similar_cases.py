"""Distances between cases by hand: standardised, with unknown values, and by shared evidence."""

import numpy as np
import pytest

from jobs.after_sales.similar_cases import MOST_APART, ONE_UNKNOWN, distances, nearest

NONE = np.zeros((4, 1))


def of_features(features, own) -> list[float]:
    return distances(np.array(features, float), NONE[:len(features)], np.array(own, float), NONE[0]).tolist()


def test_differences_are_in_standard_deviations():
    assert of_features([[0, 10], [2, 10], [0, 30], [2, 30]], [0, 10]) == pytest.approx(
        [0, np.sqrt(2 ** 2 / 2), np.sqrt(2 ** 2 / 2), 2])


def test_a_far_value_counts_as_the_most_and_a_feature_without_a_spread_not_at_all():
    assert of_features([[0, 5], [2, 5]], [1_000, 9]) == [MOST_APART, MOST_APART]
    assert of_features([[7], [7]], [1]) == [0, 0]


def test_a_value_that_only_one_of_two_has_counts_and_one_that_neither_has_does_not():
    nan = np.nan
    assert of_features([[0], [2], [nan], [nan]], [0]) == pytest.approx([0, 2, ONE_UNKNOWN, ONE_UNKNOWN])
    assert of_features([[0], [2], [nan], [nan]], [nan]) == [ONE_UNKNOWN, ONE_UNKNOWN, 0, 0]


def test_shared_evidence_is_a_share_of_what_either_has():
    evidence = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, np.nan]])
    found = distances(np.zeros((4, 1)), evidence, np.zeros(1), np.array([1, 1, np.nan]))
    assert found.tolist() == [0, 0.5, 1, 1]
    assert distances(np.zeros((1, 1)), np.zeros((1, 3)), np.zeros(1), np.zeros(3)).tolist() == [0]


def test_the_nearest_come_first_and_ties_go_to_the_first_name():
    assert nearest(np.array([2.0, 1.0, 1.0, 0.5]), np.array(["a", "d", "c", "b"], object), 3).tolist() == [3, 2, 1]
    assert nearest(np.array([0.3, 0.1 + 0.2]), np.array(["b", "a"], object), 2).tolist() == [1, 0]
    assert distances(np.zeros((0, 2)), np.zeros((0, 1)), np.zeros(2), np.zeros(1)).shape == (0,)
