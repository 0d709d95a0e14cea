"""Rates of evidence against counts by hand, and lifts that hold the planted ones."""

import numpy as np
import pytest

from features.case.evidence import Evidence
from jobs.after_sales.evidence_rates import evidence_rates
from jobs.statistics.shares import wilson

COPIED = Evidence("copied", "a", "buyer", "strong", ("a",), "A photo of somebody else.")
LATE = Evidence("late", "b", "seller", "weak", ("b",), "The parcel left late.")


def test_rates_are_counts_and_what_is_not_known_is_left_out():
    present = [[True, None]] * 6 + [[False, True]] * 10 + [[None, False]] * 4 + [[True, True]] * 5
    responsible = (["buyer"] * 4 + ["seller"] * 2) + (["buyer"] * 2 + ["carrier"] * 8) + ["seller"] * 4 + [
        "undetermined", None, "nobody", "", "undetermined"]
    copied, late = evidence_rates([COPIED, LATE], present, responsible)
    assert (copied.cases, copied.known, copied.present) == (20, 16, 6)
    assert copied.rate == wilson(6 / 16, 16)
    assert copied.at_fault == wilson(4 / 6, 6) and copied.otherwise == wilson(2 / 10, 10)
    assert copied.lift.value == pytest.approx((4 / 6) / (2 / 10))
    assert copied.lift.low < 10 / 3 < copied.lift.high and not copied.points_elsewhere
    assert (late.known, late.present, late.at_fault.value, late.otherwise.value) == (14, 10, 0, 1)
    assert late.lift.value == 0 and late.points_elsewhere


def test_evidence_that_is_never_there_or_never_known_has_no_lift():
    never, unknown = evidence_rates([COPIED, LATE], [[False, None]] * 3, ["buyer", "seller", "seller"])
    assert (never.present, never.rate.value, unknown.known) == (0, 0, 0)
    assert np.isnan(never.lift.value) and np.isnan(unknown.rate.value)
    assert (unknown.rate.low, unknown.rate.high) == (0, 1) and not unknown.points_elsewhere


def test_no_case_has_no_rate():
    assert [rate.cases for rate in evidence_rates([COPIED, LATE], [], [])] == [0, 0]


def test_intervals_of_the_lift_hold_the_planted_lift():
    draw, held = np.random.default_rng(1), 0
    for _ in range(400):
        present = draw.random(300) < 0.3
        at_fault = draw.random(300) < np.where(present, 0.6, 0.2)
        (found,) = evidence_rates([COPIED], present[:, None], np.where(at_fault, "buyer", "seller"))
        held += found.lift.low <= 3 <= found.lift.high
    assert 0.93 <= held / 400 <= 0.975


def test_arrays_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match=r"evidence of shape \(2, 1\); expected \(2 cases, 2\)"):
        evidence_rates([COPIED, LATE], [[True], [False]], ["buyer", "seller"])
