"""Interval aggregation: sums, extremes and distinct counts over rows that are valid from one moment to another.

A row is valid for its key in the half-open interval [start, end). The interval may be shorter than the window, because
a row may become known late. The query times are sorted once. Each row is then a range of positions among the query
times of its key, and every aggregation is one pass over these ranges. The cost is the cost of sorting and does not
depend on the number of rows in a window: a query costs the same for a key with ten rows and one with a million. Whole
numbers stay whole numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NO_VALUE = np.iinfo(np.int64).min  # the maximum over no rows


@dataclass(frozen=True, eq=False)
class PositionRanges:
    """Rows as ranges of positions: row i is valid at the positions from `first[i]` to `last[i]`, the end excluded."""

    first: np.ndarray
    last: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def where(self, selection: np.ndarray) -> "PositionRanges":
        """Return the ranges that a mask or an array of indices selects."""
        return PositionRanges(self.first[selection], self.last[selection])


class QueryTimes:
    """The moments at which keys are queried, sorted by key and time. A position is an index in that order.

    Args:
        key: int64 (queries,), the key of each query.
        at: int64 (queries,), the moment of each query, in the unit of the rows' intervals.
    """

    def __init__(self, key: np.ndarray, at: np.ndarray):
        self._times = np.unique(at)
        code = self._code(key, at)
        self._order = np.argsort(code, kind="stable")
        self._codes = code[self._order]

    def __len__(self) -> int:
        return len(self._codes)

    def ranges(self, key: np.ndarray, begin: np.ndarray, end: np.ndarray) -> PositionRanges:
        """Return the positions at which rows are valid, each in [begin, end) of its key.

        A row whose `end` is before its `begin` is valid nowhere.
        """
        first = self._position(key, begin)
        return PositionRanges(first, np.maximum(self._position(key, end), first))

    def single_positions(self, queries: np.ndarray) -> PositionRanges:
        """Return the one-position ranges of some queries, given by their indices in input order."""
        position = np.empty(len(self), np.int64)
        position[self._order] = np.arange(len(self))
        return PositionRanges(position[queries], position[queries] + 1)

    def in_input_order(self, by_position: np.ndarray) -> np.ndarray:
        """Return values by position as values in the order in which the queries were given."""
        in_order = np.empty_like(by_position)
        in_order[self._order] = by_position
        return in_order

    def _code(self, key: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Return key and time in one number: no key has more queries than there are distinct times."""
        return key * (len(self._times) + 1) + np.searchsorted(self._times, time)

    def _position(self, key: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Return the position of the key's first query at or after the time, else of the next key's first query."""
        return np.searchsorted(self._codes, self._code(key, time))


def concatenate(parts: Sequence[PositionRanges]) -> PositionRanges:
    """Return the ranges of several parts, one part after the other."""
    return PositionRanges(*(np.concatenate([getattr(part, side) for part in parts]) for side in ("first", "last")))


def sum_over(ranges: PositionRanges, value: np.ndarray, count: int) -> np.ndarray:
    """Return the sum of the values that are valid at each of `count` positions: int64, 0 where no value is."""
    steps = np.zeros(count + 1, np.int64)
    np.add.at(steps, ranges.first, value)
    np.subtract.at(steps, ranges.last, value)
    return np.cumsum(steps, out=steps)[:count]


def count_distinct_over(ranges: PositionRanges, owner: np.ndarray, value: np.ndarray, count: int) -> np.ndarray:
    """Return how many distinct values are valid at each of `count` positions: int64.

    A value counts at a position where any of its rows is valid. Each row adds only the part of its range that earlier
    rows of the same owner and value do not cover.

    Args:
        owner: int64 (rows,), the key of each row.
        value: int64 (rows,), the value of each row.
    """
    order = np.lexsort((ranges.first, value, owner))
    first, last, owner, value = ranges.first[order], ranges.last[order], owner[order], value[order]
    is_first = np.r_[True, (owner[1:] != owner[:-1]) | (value[1:] != value[:-1])][: len(order)]
    # The lift puts each group's positions above those of the group before: one running maximum serves all groups.
    lift = np.cumsum(is_first) * (count + 1)
    covered_until = np.maximum.accumulate(last + lift) - lift
    covered = np.where(is_first, 0, np.r_[0, covered_until[:-1]][: len(order)])
    uncovered = PositionRanges(np.minimum(np.maximum(first, covered), last), last)
    return sum_over(uncovered, np.ones(len(order), np.int64), count)


def max_over(ranges: PositionRanges, value: np.ndarray, count: int) -> np.ndarray:
    """Return the largest value that is valid at each of `count` positions: int64, `NO_VALUE` where no value is.

    A range of n positions is the union of two ranges of 2^k positions, k = floor(log2 n), which may overlap. This is
    the sparse table of range-minimum queries (Bender and Farach-Colton, 2000), filled from its top level down.
    """
    nonempty = ranges.last > ranges.first
    ranges, value = ranges.where(nonempty), value[nonempty]
    level = np.frexp((ranges.last - ranges.first).astype(np.float64))[1] - 1
    largest = np.full(count, NO_VALUE)
    for k in range(int(level.max(initial=0)), -1, -1):
        of_level = level == k
        np.maximum.at(largest, ranges.first[of_level], value[of_level])
        np.maximum.at(largest, ranges.last[of_level] - (1 << k), value[of_level])
        if k:
            half = 1 << (k - 1)
            np.maximum(largest[half:], largest[:-half].copy(), out=largest[half:])
    return largest
