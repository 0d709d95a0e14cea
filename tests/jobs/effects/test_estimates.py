"""From an effect and its error to an interval and a p-value."""

import numpy as np
import pytest

from jobs.effects.estimates import from_error, require_units


def test_a_normal_interval_is_the_textbook_one():
    found = from_error(1.0, 0.5, np.inf, 10)
    assert (found.low, found.high) == (pytest.approx(1 - 1.959964 * 0.5), pytest.approx(1 + 1.959964 * 0.5))
    assert found.p == pytest.approx(0.0455003)


def test_few_degrees_of_freedom_make_it_wider():
    found = from_error(1.0, 0.5, 4, 10)
    assert found.high == pytest.approx(1 + 2.776445 * 0.5)
    assert found.p == pytest.approx(0.1161165)


def test_the_level_is_asked_for():
    assert from_error(0.0, 1.0, np.inf, 10, level=0.8).high == pytest.approx(1.281552)


def test_without_variance_the_interval_is_a_point():
    found = from_error(1.0, 0.0, 5, 10)
    assert (found.low, found.high, found.p) == (1, 1, 0)
    assert from_error(0.0, 0.0, 5, 10).p == 1


def test_an_arm_of_one_unit_has_no_variance():
    with pytest.raises(ValueError, match="the treated arm has 1 units; expected at least 2"):
        require_units(np.array([True, False, False]))
    with pytest.raises(ValueError, match="the control arm has 0 units"):
        require_units(np.array([True, True]))
