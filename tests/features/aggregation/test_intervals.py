"""Moving windows over sorted ranges, against loops over every fact at every moment."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.aggregation import intervals

# Few keys, times and values, so that facts meet, touch and cover each other.
KEY, TIME, VALUE = st.integers(0, 3), st.integers(-5, 12), st.integers(-4, 4)
FACTS = st.lists(st.tuples(KEY, TIME, TIME, VALUE), max_size=25)
MOMENTS = st.lists(st.tuples(KEY, TIME), max_size=15)


def columns(rows: list[tuple], width: int) -> list[np.ndarray]:
    return list(np.array(rows, np.int64).reshape(-1, width).T)


def there(facts, key, at):
    """The values of the facts that count for a key at a moment."""
    return [value for owner, begin, end, value in facts if owner == key and begin <= at < end]


def measured(measure, facts, moments):
    owner, begin, end, value = columns(facts, 4)
    key, at = columns(moments, 2)
    looked = intervals.QueryTimes(key, at)
    return looked.in_input_order(measure(looked.ranges(owner, begin, end), owner, value, len(looked))).tolist()


@given(FACTS, MOMENTS)
def test_sums_over_intervals_equal_loops(facts, moments):
    found = measured(lambda ranges, owner, value, n: intervals.sum_over(ranges, value, n), facts, moments)
    assert found == [sum(there(facts, *moment)) for moment in moments]


@given(FACTS, MOMENTS)
def test_distinct_counts_over_intervals_equal_loops(facts, moments):
    found = measured(intervals.count_distinct_over, facts, moments)
    assert found == [len(set(there(facts, *moment))) for moment in moments]


@given(FACTS, MOMENTS)
def test_maxima_over_intervals_equal_loops(facts, moments):
    found = measured(lambda ranges, owner, value, n: intervals.max_over(ranges, value, n), facts, moments)
    assert found == [max(there(facts, *moment), default=intervals.NO_VALUE) for moment in moments]


@given(FACTS, st.lists(st.tuples(KEY, TIME), min_size=1, max_size=15), st.data())
def test_a_fact_that_counts_at_one_moment_alone(facts, moments, data):
    chosen = np.array(data.draw(st.lists(st.integers(0, len(moments) - 1), unique=True)), np.int64)
    owner, begin, end, value = columns(facts, 4)
    looked = intervals.QueryTimes(*columns(moments, 2))
    ranges = intervals.concatenate([looked.ranges(owner, begin, end), looked.single_positions(chosen)])
    found = looked.in_input_order(intervals.sum_over(ranges, np.concatenate([value, np.full(len(chosen), 100)]),
                                                     len(looked)))
    assert found.tolist() == [sum(there(facts, *moment)) + 100 * (place in chosen)
                              for place, moment in enumerate(moments)]


def test_money_stays_whole():
    ranges = intervals.PositionRanges(np.array([0, 0]), np.array([1, 1]))
    assert intervals.sum_over(ranges, np.array([2**53, 1]), 1).tolist() == [2**53 + 1]


@pytest.mark.parametrize("measure", ["total", "largest", "distinct"])
def test_a_window_full_of_facts_costs_a_row_no_more_than_an_empty_one(measure):
    def seconds(window: int) -> float:
        count = 200_000
        at = np.arange(count)
        key, looked = np.zeros(count, np.int64), intervals.QueryTimes(np.zeros(count, np.int64), at)
        ranges = looked.ranges(key, at, at + window)
        work = {"total": lambda: intervals.sum_over(ranges, at, count),
                "largest": lambda: intervals.max_over(ranges, at, count),
                "distinct": lambda: intervals.count_distinct_over(ranges, key, at % 1_000, count)}[measure]
        best = []
        for _ in range(3):
            began = time.process_time()
            work()
            best.append(time.process_time() - began)
        return min(best)

    # A frame that is computed anew for every row would cost fifty thousand times as much.
    assert seconds(100_000) < 30 * seconds(2)
