"""Numbers and arms that follow from a salt and a unit alone."""

import hashlib

import numpy as np
from scipy import stats

from jobs.decisions.random_assignment import arms, unit_interval

UNITS = [f"u{number}" for number in range(10_000)]


def test_a_number_is_the_beginning_of_a_digest():
    first = hashlib.sha256(b"a|u0").digest()[:8]
    assert unit_interval("a", UNITS)[0] == int.from_bytes(first, "big") / 2**64


def test_numbers_are_uniform_and_depend_on_the_salt():
    found = unit_interval("a", UNITS)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert found.tolist() == unit_interval("a", UNITS).tolist()
    assert abs(np.corrcoef(found, unit_interval("b", UNITS))[0, 1]) < 0.03


def test_an_arm_is_the_first_whose_cumulative_share_is_above_the_number():
    shares = np.array([[0.25, 0.25, 0.5]] * 5)
    assert arms(np.array([0.0, 0.2499, 0.25, 0.5, 1 - 1e-12]), shares).tolist() == [0, 0, 1, 2, 2]


def test_rounding_leaves_no_unit_without_an_arm():
    assert arms(np.array([1 - 1e-17]), np.array([[0.1] * 10])).tolist() == [9]
