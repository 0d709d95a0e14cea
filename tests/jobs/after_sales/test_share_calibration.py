"""Calibration of shares: it finds a planted slope and shift, and few rows move little."""

import numpy as np
import pytest

from jobs.after_sales.label_noise import softmax
from jobs.after_sales.share_calibration import fit

SHIFTS = np.array([0.8, -0.2, -0.6])


def drawn(rows, slope=0.5, seed=1):
    draw = np.random.default_rng(seed)
    margins = draw.normal(size=(rows, 3)) * 2
    right = softmax(slope * margins + SHIFTS)
    return margins, (draw.random((rows, 1)) > right.cumsum(axis=1)).sum(axis=1).clip(max=2), right


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_a_planted_slope_and_shift_are_found(slope):
    margins, label, right = drawn(8_000, slope)
    found = fit(margins, label)
    assert found.slope == pytest.approx(slope, rel=0.08) and found.shifts == pytest.approx(SHIFTS, abs=0.08)
    assert found.shares(margins) == pytest.approx(right, abs=0.04)
    assert found.shares(margins).sum(axis=1) == pytest.approx(np.ones(8_000)) and abs(found.shifts.sum()) < 1e-9


def test_few_rows_move_margins_little_and_none_not_at_all():
    margins, label, _ = drawn(4)
    assert np.abs(fit(margins, label).shares(margins) - softmax(margins)).max() < 0.2
    none = fit(margins[:0], label[:0])
    assert none.slope == 1 and np.array_equal(none.shares(margins), softmax(margins))


def test_rows_that_are_always_right_give_a_finite_slope():
    margins = np.eye(3)[[0, 1, 2] * 50] * 3
    found = fit(margins, np.array([0, 1, 2] * 50))
    assert 1 < found.slope < 100 and np.isfinite(found.shares(margins * 1_000)).all()


def test_the_order_of_rows_changes_next_to_nothing():
    margins, label, _ = drawn(500)
    one, other = fit(margins, label), fit(margins[::-1], label[::-1])
    assert one.shares(margins) == pytest.approx(other.shares(margins), abs=1e-5)
