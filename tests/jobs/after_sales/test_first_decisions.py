"""Which cases are decided from a confidence on, and by which of their rows."""

import numpy as np
import pytest

from jobs.after_sales.abstention import fit_threshold
from jobs.after_sales.first_decisions import decided_by_confidence, first_decisions

CONFIDENCE = np.array([0.6, 0.9, 0.7, 0.8, 0.5, 0.9])
WRONG = np.array([True, False, True, False, True, True])
CASE = np.array(["a", "a", "b", "c", "c", "c"])  # rows of a case in the order of time


def by_hand(confidence, wrong, case, least):
    """Decided and wrong cases, and what the deciding rows expect, from a confidence on: one case after the other."""
    found = [next(((wrong[row], 1 - confidence[row]) for row in range(len(case))
                   if case[row] == name and confidence[row] >= least), None) for name in np.unique(case)]
    known = [each for each in found if each]
    return len(known), sum(each[0] for each in known), sum(each[1] for each in known)


def test_the_first_row_that_is_sure_enough_decides_its_case():
    found = decided_by_confidence(CONFIDENCE, WRONG, CASE)
    assert found.confidence.tolist() == [0.9, 0.8, 0.7, 0.6]
    assert found.decided.tolist() == [2, 2, 3, 3]
    # At .9 case c is decided by its last row, wrongly; from .8 on by its first, which is right.
    assert found.wrong.tolist() == [1, 0, 1, 2]


def test_it_equals_one_case_after_the_other():
    draw = np.random.default_rng(3)
    case, confidence = draw.integers(0, 60, 300), np.round(draw.random(300), 2)
    wrong = draw.random(300) < 0.3
    found = decided_by_confidence(confidence, wrong, case)
    assert len(found.confidence) > 20 and (np.diff(found.confidence) < 0).all()
    for least, *counts in zip(found.confidence, found.decided, found.wrong, found.expected):
        assert counts == pytest.approx(by_hand(confidence, wrong, case, least))


def test_without_repeated_cases_it_counts_rows():
    found = decided_by_confidence(CONFIDENCE, WRONG, np.arange(6))
    assert found.decided.tolist() == [2, 3, 4, 5, 6] and found.wrong.tolist() == [1, 1, 2, 3, 4]
    empty = decided_by_confidence(np.empty(0), np.empty(0, bool), np.empty(0, int))
    assert not len(empty.confidence) and not len(empty.decided)


def test_first_decisions_are_the_first_decided_rows():
    decided = np.array([False, True, False, True, True, True])
    assert sorted(first_decisions(decided, CASE).tolist()) == [1, 3]
    assert not len(first_decisions(np.zeros(6, bool), CASE))


def looked_at_twice(count, seed):
    """Cases whose first row is less sure, and errs more at equal confidence; its confidence never comes down."""
    draw = np.random.default_rng(seed)
    first = 0.9 * draw.random(count)
    sure = np.column_stack([first, first + (1 - first) * draw.random(count)])
    wrong = draw.random((count, 2)) < np.array([0.25, 0.12]) * (1 - sure)
    return sure.ravel(), wrong.ravel(), np.repeat(np.arange(count), 2)


def test_a_threshold_holds_for_cases_that_are_looked_at_twice():
    sure, wrong, case = looked_at_twice(20_000, 0)
    broken, decided = 0, 0
    for number in range(1, 401):
        found = fit_threshold(*looked_at_twice(600, number)[:2], 0.05, case=np.repeat(np.arange(600), 2))
        later = first_decisions(sure >= found.confidence, case)
        broken += len(later) > 0 and wrong[later].mean() > 0.05
        decided += len(later) > 0
    assert decided > 300 and broken <= 0.05 * 400
