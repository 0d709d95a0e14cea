"""Calibration: the fit Platt describes, a ranking that never changes, and identity where nothing fits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from jobs.training.calibration import IDENTITY, Calibration, fit

MARGINS = st.floats(-50, 50)
LABELLED = st.lists(st.tuples(MARGINS, st.booleans()), min_size=2, max_size=30)


def test_margins_become_probabilities_through_slope_and_intercept():
    probability = Calibration(slope=2.0, intercept=-1.0).apply(np.array([0.5, 0.5 + np.log(3) / 2]))
    assert probability == pytest.approx([1 / 2, 3 / 4])


def test_two_margins_get_the_smoothed_rates_of_platt():
    # Two margins and two parameters: the fit is exact. Above, 3 of 4 are positive; below, 1 of 4.
    margin = np.array([1.0] * 4 + [-1.0] * 4)
    label = np.array([1, 1, 1, 0] + [0, 0, 0, 1])
    high, low = (4 + 1) / (4 + 2), 1 / (4 + 2)
    expected = [(3 * high + low) / 4, (3 * low + high) / 4]
    assert fit(margin, label).apply(np.array([1.0, -1.0])) == pytest.approx(expected)


def test_the_fit_is_the_logistic_regression_on_the_smoothed_targets():
    generator = np.random.default_rng(3)
    margin = generator.normal(-2, 3, size=400)
    label = generator.random(400) < 1 / (1 + np.exp(-(0.6 * margin - 1)))
    up, down = (label.sum() + 1) / (label.sum() + 2), 1 / ((~label).sum() + 2)
    target = np.where(label, up, down)
    # A target of 0.9 is a positive of weight 0.9 and a negative of weight 0.1.
    regression = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.tile(margin, 2)[:, None], np.repeat([1, 0], 400), sample_weight=np.append(target, 1 - target))
    found = fit(margin, label)
    expected = [regression.coef_[0, 0], regression.intercept_[0]]
    assert [found.slope, found.intercept] == pytest.approx(expected, rel=1e-4)


@settings(max_examples=50)
@given(LABELLED)
def test_a_calibration_keeps_the_order(rows):
    margin, label = (np.array(column) for column in zip(*rows, strict=True))
    margin = np.sort(margin)
    found = fit(margin, label)
    assert found.slope > 0
    assert (np.diff(found.apply(margin)) >= 0).all()
    spread = np.array([-1.0, 0.0, 1.0]) / found.slope - found.intercept / found.slope
    assert (np.diff(found.apply(spread)) > 0).all()


@settings(max_examples=50)
@given(LABELLED)
def test_calibrated_probabilities_add_up_to_the_smoothed_positives(rows):
    margin, label = (np.array(column) for column in zip(*rows, strict=True))
    found = fit(margin, label)
    if found == IDENTITY:
        return
    positives, negatives = label.sum(), (~label).sum()
    expected = positives * (positives + 1) / (positives + 2) + negatives / (negatives + 2)
    assert found.apply(margin).sum() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("margin", "label"), [
    ([0.1, 0.1, 0.1], [1, 0, 0]),
    ([0.0, 0.0, 5e-324], [0, 0, 1]),
    ([1.0, 2.0, 3.0], [1, 0, 0]),
    ([], []),
], ids=["one margin", "a spread of nothing", "positives below", "no rows"])
def test_what_cannot_be_fitted_stays_as_it_is(margin, label):
    with np.errstate(all="raise", under="ignore"):
        assert fit(np.array(margin), np.array(label)) == IDENTITY == Calibration(1.0, 0.0)


@given(st.lists(MARGINS, min_size=1), st.booleans())
def test_rows_of_one_label_fit_nothing(margins, label):
    assert fit(np.array(margins), np.full(len(margins), label)) == IDENTITY


def test_rows_that_separate_perfectly_keep_a_finite_slope():
    found = fit(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([0, 0, 1, 1]))
    assert found.apply(np.array([-10.0, 10.0])) == pytest.approx([0, 1], abs=0.05)
    assert found.slope < 2


def test_one_positive_far_from_the_rest_does_not_throw_the_fit_off():
    # Newton's full step overshoots here, and never comes back.
    margin, label = np.array([100.0] + [0.0, 1.0] * 10), np.array([1] + [0] * 20)
    found = fit(margin, label).apply(margin)
    assert found[0] == pytest.approx((1 + 1) / (1 + 2), abs=0.01)
    assert found[1:] == pytest.approx([1 / (20 + 2)] * 20, abs=0.01)


def test_margins_far_apart_neither_overflow_nor_stop_the_fit():
    margin = np.array([-1e6, -1e5, -10.0, 0.0, 10.0, 1e5, 1e6])
    with np.errstate(all="raise", under="ignore"):
        found = fit(margin, np.array([0, 0, 1, 0, 1, 0, 1]))
        assert list(found.apply(np.array([-1e9, 1e9]))) == pytest.approx([0, 1])


@given(st.floats(1e-6, 1e6), st.floats(-1e6, 1e6))
def test_a_calibration_comes_back_from_json_exactly(slope, intercept):
    calibration = Calibration(slope, intercept)
    assert Calibration.from_json(calibration.to_json()) == calibration


@pytest.mark.parametrize(("slope", "intercept"), [(0.0, 0.0), (-1.0, 0.0), (np.nan, 0.0), (1.0, np.inf)])
def test_a_calibration_that_would_change_the_ranking_is_refused(slope, intercept):
    with pytest.raises(ValueError, match="slope above 0"):
        Calibration(slope, intercept)


@pytest.mark.parametrize("text", ["{}", "[1, 0]", '{"slope": 1}', "nonsense"])
def test_json_of_something_else_is_refused(text):
    with pytest.raises(ValueError):
        Calibration.from_json(text)


def test_margins_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite margins"):
        fit(np.array([1.0, np.nan]), np.array([0, 1]))
