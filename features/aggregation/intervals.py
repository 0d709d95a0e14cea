"""What a moving window holds at a moment: totals, largest values and distinct counts over facts that come and go.

A fact counts for its key from the moment it begins until the moment it ends, which need not be a window's
length later: it may begin late, because nobody knew of it before. Moments are sorted once; a fact is then a
range of positions among the moments of its key, and every measure is a pass over such ranges. The cost is that
of sorting, whatever a window holds: a key with a million facts costs a row what one with ten does. Whole
numbers stay whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NO_VALUE = np.iinfo(np.int64).min  # the largest of nothing


@dataclass(frozen=True, eq=False)
class PositionRanges:
    """Facts as ranges of positions: fact i counts at the positions from `first[i]` up to, not at, `last[i]`."""

    first: np.ndarray
    last: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def where(self, kept: np.ndarray) -> "PositionRanges":
        """Some of the ranges, by a mask or by their places."""
        return PositionRanges(self.first[kept], self.last[kept])


class QueryTimes:
    """Moments at which keys are looked at, sorted by key and time. Positions are places in that order.

    Args:
        key: whole numbers (moments,), which of the keys.
        at: whole numbers (moments,), when, in any unit that facts share.
    """

    def __init__(self, key: np.ndarray, at: np.ndarray):
        self._times = np.unique(at)
        code = self._code(key, at)
        self._order = np.argsort(code, kind="stable")
        self._codes = code[self._order]

    def __len__(self) -> int:
        return len(self._codes)

    def ranges(self, key: np.ndarray, begin: np.ndarray, end: np.ndarray) -> PositionRanges:
        """Where facts count, each in [begin, end) of its key. Those that end before they begin count nowhere."""
        first = self._position(key, begin)
        return PositionRanges(first, np.maximum(self._position(key, end), first))

    def single_positions(self, moments: np.ndarray) -> PositionRanges:
        """Ranges of single moments, by their places as they were given."""
        position = np.empty(len(self), np.int64)
        position[self._order] = np.arange(len(self))
        return PositionRanges(position[moments], position[moments] + 1)

    def in_input_order(self, found: np.ndarray) -> np.ndarray:
        """Values by position, in the order in which the moments were given."""
        back = np.empty_like(found)
        back[self._order] = found
        return back

    def _code(self, key: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Key and time in one number: no key has more moments than there are different times."""
        return key * (len(self._times) + 1) + np.searchsorted(self._times, time)

    def _position(self, key: np.ndarray, time: np.ndarray) -> np.ndarray:
        """The first moment of the key at or after the time; where there is none, the first of the next key."""
        return np.searchsorted(self._codes, self._code(key, time))


def concatenate(parts: Sequence[PositionRanges]) -> PositionRanges:
    """The ranges of several parts, one part after the other."""
    return PositionRanges(*(np.concatenate([getattr(part, side) for part in parts]) for side in ("first", "last")))


def sum_over(ranges: PositionRanges, value: np.ndarray, count: int) -> np.ndarray:
    """The sum of the values that count at each of `count` positions: int64, 0 where none does."""
    steps = np.zeros(count + 1, np.int64)
    np.add.at(steps, ranges.first, value)
    np.subtract.at(steps, ranges.last, value)
    return np.cumsum(steps, out=steps)[:count]


def count_distinct_over(ranges: PositionRanges, owner: np.ndarray, value: np.ndarray, count: int) -> np.ndarray:
    """How many different values count at each position.

    Args:
        owner: whole numbers (facts,), the key of each.
        value: whole numbers (facts,).

    A value counts where any of its facts does: of each fact only what earlier ones of its owner and value have
    not covered is laid down.
    """
    order = np.lexsort((ranges.first, value, owner))
    first, last, owner, value = ranges.first[order], ranges.last[order], owner[order], value[order]
    new = np.r_[True, (owner[1:] != owner[:-1]) | (value[1:] != value[:-1])][: len(order)]
    # A group's positions lie above all of the group before, so that one running maximum serves all groups.
    lift = np.cumsum(new) * (count + 1)
    reached = np.maximum.accumulate(last + lift) - lift
    covered = np.where(new, 0, np.r_[0, reached[:-1]][: len(order)])
    uncovered = PositionRanges(np.minimum(np.maximum(first, covered), last), last)
    return sum_over(uncovered, np.ones(len(order), np.int64), count)


def max_over(ranges: PositionRanges, value: np.ndarray, count: int) -> np.ndarray:
    """The largest value that counts at each position; `NOTHING` where none does.

    A range of n positions is two ranges of 2^k, k = floor(log2 n), which may overlap: the table by which range
    minima are looked up (Bender and Farach-Colton, 2000), filled from its top instead.
    """
    some = ranges.last > ranges.first
    ranges, value = ranges.where(some), value[some]
    level = np.frexp((ranges.last - ranges.first).astype(np.float64))[1] - 1
    found = np.full(count, NO_VALUE)
    for k in range(int(level.max(initial=0)), -1, -1):
        mine = level == k
        np.maximum.at(found, ranges.first[mine], value[mine])
        np.maximum.at(found, ranges.last[mine] - (1 << k), value[mine])
        if k:
            half = 1 << (k - 1)
            np.maximum(found[half:], found[:-half].copy(), out=found[half:])
    return found
