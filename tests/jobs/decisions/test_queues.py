"""The allocation of reviewer minutes, held against an exact solver."""

import time

import numpy as np
import pytest

from jobs.decisions.queues import NONE, allocate

pytestmark = pytest.mark.unit


def best_value(value: np.ndarray, minutes: np.ndarray, capacity: float) -> float:
    """Return the best total value by integer programming."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows, options = value.shape
    gain = np.nan_to_num(value, nan=-1e6).ravel()
    limits = [LinearConstraint(minutes.ravel()[None], -np.inf, capacity),
              LinearConstraint(np.kron(np.eye(rows), np.ones(options)), -np.inf, 1)]
    return -milp(-gain, constraints=limits, integrality=np.ones(gain.size), bounds=Bounds(0, 1)).fun


def instance(rng: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return values, minutes and capacity: every third with equal values, every third with few sizes of minutes."""
    shape = (rng.integers(1, 16), rng.integers(1, 5))
    value = rng.normal(50, 60, shape) if number % 3 else rng.integers(-2, 6, shape) * 10.0
    minutes = rng.integers(0, 20, shape) * 1.0 if number % 3 != 2 else rng.integers(0, 3, shape) * 5.0
    value[rng.random(shape) < 0.2] = np.nan
    return value, minutes, rng.uniform(0, minutes.sum() * 0.7)


def test_a_thousand_random_queues_stay_within_capacity_and_one_item_of_the_best_value():
    rng = np.random.default_rng(25)
    for number in range(1_000):
        value, minutes, capacity = instance(rng, number)
        found = allocate(value, minutes, capacity)
        largest = max(np.nan_to_num(value).max(), 0.0)
        assert found.minutes <= capacity
        assert found.value >= best_value(value, minutes, capacity) - largest - 1e-6


def test_the_price_sets_every_threshold():
    value = np.array([[100.0], [60.0], [40.0], [10.0]])
    found = allocate(value, np.full((4, 1), 10.0), capacity=25)
    assert found.option.tolist() == [0, 0, NONE, NONE]
    assert 4.0 <= found.price <= 6.0


def test_minutes_that_are_left_over_cost_nothing():
    found = allocate(np.array([[5.0], [-1.0]]), np.array([[10.0], [10.0]]), capacity=100)
    assert (found.option.tolist(), found.price, found.minutes) == ([0, NONE], 0.0, 10.0)


def test_equal_rows_get_minutes_in_their_order():
    found = allocate(np.full((5, 1), 30.0), np.full((5, 1), 10.0), capacity=29)
    assert found.option.tolist() == [0, 0, NONE, NONE, NONE]


def test_a_scarce_minute_moves_a_row_to_its_cheaper_action():
    review, hold = 20.0, 2.0  # minutes
    value = np.array([[100.0, 90.0], [100.0, 90.0]])
    found = allocate(value, np.array([review, hold]), capacity=4)
    assert found.option.tolist() == [1, 1]


def test_an_action_without_minutes_is_never_short_of_capacity():
    found = allocate(np.array([[1.0], [2.0]]), np.zeros((2, 1)), capacity=0)
    assert found.option.tolist() == [0, 0]


def test_an_empty_queue_has_no_price():
    found = allocate(np.zeros((0, 2)), np.zeros((0, 2)), capacity=10)
    assert (len(found.option), found.price) == (0, 0.0)


@pytest.mark.parametrize("equal", [False, True])
def test_a_hundred_thousand_rows_take_at_most_two_seconds(equal):
    rng = np.random.default_rng(3)
    value = np.full((100_000, 4), 10.0) if equal else rng.normal(50, 60, (100_000, 4))
    began = time.process_time()
    allocate(value, rng.integers(1, 20, 4) * 1.0, capacity=5_000)
    assert time.process_time() - began < 2
