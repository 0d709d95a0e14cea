"""q-values of Benjamini and Hochberg: the published example, ties, missing tests, and false calls over many draws."""

import numpy as np
import pytest

from jobs.statistics.false_discoveries import benjamini_hochberg

# Benjamini and Hochberg (1995), section 4.1: the first four of fifteen are called at 5 %.
PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
             0.7590, 1.0]


def test_the_published_example():
    q = benjamini_hochberg(PUBLISHED)
    assert (q <= 0.05).sum() == 4 and q[3] == pytest.approx(0.0095 * 15 / 4)
    assert (np.diff(q) >= 0).all() and q[-1] == 1


def test_the_order_of_tests_does_not_matter():
    q = benjamini_hochberg([0.04, 0.01, 0.03])
    assert q.tolist() == [pytest.approx(0.04), pytest.approx(0.03), pytest.approx(0.04)]


def test_a_missing_p_value_is_no_test():
    q = benjamini_hochberg([np.nan, 0.02, 0.5])
    assert np.isnan(q[0]) and q[1:].tolist() == [pytest.approx(0.04), 0.5]
    assert benjamini_hochberg([]).tolist() == []


def test_where_no_test_is_true_any_is_called_in_at_most_5_of_100_families():
    p = np.random.default_rng(1).random((5_000, 12))
    assert np.mean([benjamini_hochberg(family).min() <= 0.05 for family in p]) == pytest.approx(0.05, abs=0.01)
