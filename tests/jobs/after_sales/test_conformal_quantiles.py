"""Conformal intervals: shifts by hand, and coverage in planted worlds of paid shares."""

import numpy as np
import pytest

from jobs.after_sales.conformal_quantiles import fit_intervals

ALPHA, BOUNDS = 0.2, (0.0, 1.0)


def continuous(rng, rows):
    """Shares between 0 and 1 whose spread follows the row, and quantiles that are far too narrow."""
    x = rng.random(rows)
    value = rng.beta(2 + 8 * x, 4)
    middle = (2 + 8 * x) / (6 + 8 * x)
    return middle - 0.05, middle + 0.05, value, np.where(x < 0.5, "refund", "return").astype(object)


def paid_in_full(rng, rows):
    """Half of the claims are paid in full, and the upper quantile says so; the lower one is too low."""
    low, _, value, kind = continuous(rng, rows)
    value = np.where(rng.random(rows) < 0.5, 1.0, value)
    return low - 0.35, np.ones(rows), value, kind


def wide(rng, rows):
    low, high, value, kind = continuous(rng, rows)
    return low - 0.3, high + 0.3, value, kind


def crossed(rng, rows):
    low, high, value, kind = continuous(rng, rows)
    return np.where(kind == "return", high, low), np.where(kind == "return", low, high), value, kind


def in_two_levels(rng, rows):
    """Shares of 0 and 1 alone, as of claims that are paid or not, and quantiles between them."""
    value = (rng.random(rows) < 0.5).astype(float)
    return np.full(rows, 0.3), np.full(rows, 0.7), value, np.full(rows, "refund", object)


def coverage(world, by_kind=False, draws=40, rows=600):
    rng, held, widths = np.random.default_rng(1), [], []
    for _ in range(draws):
        low, high, value, kind = world(rng, rows)
        fitted = fit_intervals(low, high, value, ALPHA, kind if by_kind else None, BOUNDS)
        low, high, value, kind = world(rng, 4 * rows)
        low, high = fitted.interval(low, high, kind if by_kind else None)
        held.append([((low <= value) & (value <= high))[kind == name].mean() for name in ("refund", "return")
                     if (kind == name).any()] if by_kind else ((low <= value) & (value <= high)).mean())
        widths.append((high - low).mean())
        assert (low >= 0).all() and (high <= 1).all() and (low <= high).all()
    return np.mean(held, axis=0), np.mean(widths)


@pytest.mark.parametrize("world", [continuous, wide, crossed, paid_in_full])
def test_intervals_of_80_hold_77_to_83_of_100(world):
    assert 0.77 <= coverage(world)[0] <= 0.83


def test_each_kind_is_covered_with_shifts_by_kind():
    assert ((coverage(continuous, by_kind=True)[0] >= 0.77) & (coverage(continuous, by_kind=True)[0] <= 0.83)).all()


def test_shares_of_0_and_1_alone_are_held_by_the_whole_range():
    held, width = coverage(in_two_levels)
    assert held == 1 and width == 1


def test_quantiles_that_are_too_wide_are_narrowed():
    assert coverage(wide)[1] < 0.75 * 0.7


def test_quantiles_that_cross_are_put_in_order():
    assert coverage(crossed)[1] == pytest.approx(coverage(continuous)[1])


def test_where_every_calibration_row_lies_between_bounds_other_quantiles_are_a_point():
    fitted = fit_intervals(np.zeros(9), np.ones(9), np.full(9, 0.5), 0.2, bounds=BOUNDS)
    low, high = fitted.interval([0.0, 0.2], [1.0, 0.4])
    assert low.tolist() == [0, pytest.approx(0.3)] and high.tolist() == [1, pytest.approx(0.3)]


def test_the_shift_is_the_score_at_the_exact_rank():
    low, high, value = np.full(9, 0.4), np.full(9, 0.6), np.array([0.5, 0.5, 0.5, 0.5, 0.65, 0.3, 0.75, 0.8, 0.9])
    fitted = fit_intervals(low, high, value, 0.2, bounds=BOUNDS)
    # ceil(10 * .8) = 8 of -.1 four times, .05, .1, .15, .2, .3.
    assert fitted.shifts.tolist() == [pytest.approx(0.2)]
    assert [end.tolist() for end in fitted.interval([0.5, 0.0], [0.9, 0.1])] == [
        [pytest.approx(0.3), 0.0], [1.0, pytest.approx(0.3)]]


def test_too_few_rows_give_the_whole_range():
    fitted = fit_intervals([0.4] * 3, [0.6] * 3, [0.5] * 3, 0.2, bounds=BOUNDS)
    assert [end.tolist() for end in fitted.interval([0.5], [0.6])] == [[0.0], [1.0]]


def test_intervals_that_would_turn_around_are_a_point():
    fitted = fit_intervals(np.zeros(99) + 0.1, np.ones(99) - 0.1, np.full(99, 0.5), 0.2, bounds=BOUNDS)
    low, high = fitted.interval([0.4, 0.1], [0.5, 0.9])
    assert low.tolist() == high.tolist() == [pytest.approx(0.45), pytest.approx(0.5)]


def test_numbers_without_bounds():
    rng = np.random.default_rng(2)
    value = rng.normal(size=4_000)
    fitted = fit_intervals(np.zeros(2_000), np.zeros(2_000), value[:2_000], 0.2)
    low, high = fitted.interval(np.zeros(2_000), np.zeros(2_000))
    assert ((low <= value[2_000:]) & (value[2_000:] <= high)).mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(("change", "message"), [
    ({"alpha": 2}, "alpha is 2"), ({"value": [0.5, 0.5]}, "1, 1 quantiles of 2 values"),
    ({"value": [np.nan]}, "NaN or outside"), ({"value": [1.2]}, "outside of"),
])
def test_mistakes_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        fit_intervals(**({"low": [0.1], "high": [0.2], "value": [0.5], "alpha": 0.2, "bounds": BOUNDS} | change))
