"""Whom a model misses: parts of the planted rows, and the sentences about them."""

import numpy as np

from jobs.evaluation import error_analysis
from jobs.evaluation.error_analysis import Segment
from jobs.evaluation.ground_truth import GroundTruth


def planted(label, variant, running, found) -> GroundTruth:
    return GroundTruth(np.array(label), np.zeros(len(label), dtype=int), np.array(variant), np.array(running),
                       np.array(found))


def test_planted_rows_are_parted_by_what_they_have_in_common():
    truth = planted([1, 1, 1, 0], ["fast", "slow", "slow", ""], [-1, 6, 7, 0], [True, False, False, False])
    reviewed = np.array([True, False, True, True])
    found = {(p.dimension, p.name): (p.rows, p.reviewed)
             for p in error_analysis.segments(truth, reviewed, np.array([0, 4, 20, 99]))}
    assert found == {
        ("kind of attack", "fast"): (1, 1), ("kind of attack", "slow"): (2, 1),
        ("begun", "begins later that week"): (1, 1), ("begun", "began in the week before"): (1, 0),
        ("begun", "began one to three weeks before"): (1, 1),
        ("seen", "no event in 30 days"): (1, 1), ("seen", "1 to 4 events in 30 days"): (1, 0),
        ("seen", "20 events in 30 days and more"): (1, 1),
        ("verdict", "confirmed at some time"): (1, 1), ("verdict", "never confirmed"): (2, 1)}


def test_the_paragraph_says_how_much_capacity_allows_and_what_is_missed_most():
    found = [Segment("verdict", "never confirmed", 20, 8), Segment("verdict", "confirmed at some time", 20, 12),
             Segment("kind of attack", "slow", 20, 0), Segment("kind of attack", "fast", 20, 20)]
    assert error_analysis.summary(found, capacity=10, days=2) == (
        "20 of 40 planted rows were reviewed; 10 a day over 2 days could have reviewed 20. Missed more than the rest: "
        "slow (kind of attack): 20 of 20 missed; never confirmed (verdict): 12 of 20 missed.")


def test_a_part_of_few_rows_is_no_cause():
    found = [Segment("verdict", "never confirmed", 10, 5), Segment("kind of attack", "slow", 4, 0),
             Segment("kind of attack", "fast", 6, 5)]
    assert "slow" not in error_analysis.summary(found, capacity=10, days=2)


def test_without_planted_rows_there_is_nothing_to_miss():
    assert error_analysis.summary([], capacity=10, days=2) == "Nothing planted touches these rows."
