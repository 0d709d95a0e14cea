"""Day bitmaps: sets of arrival days as the bits of whole numbers.

A value has up to a hundred or so arrival days, and features look at them from many as-of days. A bitmap is collected by
a plain aggregate of whole numbers, and one mask tells whether any of its days lies in a window. The rejected
alternative is an array of days, which engines collect as objects and then sort.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.frames.months import MAX_DAYS_IN_MONTH
from features.frames.union import tree_reduce

DAYS_PER_WORD = 60  # days in one bigint; its sign bit stays unused
ALL_BITS = (1 << DAYS_PER_WORD) - 1


@dataclass(frozen=True)
class DayRange:
    """The days from `first` to `last`, in as many columns of `DAYS_PER_WORD` bits as they need."""

    first: dt.date
    last: dt.date

    @classmethod
    def covering(cls, days: Collection[dt.date]) -> "DayRange":
        """Return the range from the earliest of some days to the latest."""
        return cls(min(days), max(days))

    @property
    def words(self) -> tuple[str, ...]:
        """The names of the bigint columns of a bitmap; bit 0 of the first column is the first day."""
        return tuple(f"day_bits_{n}" for n in range(((self.last - self.first).days // DAYS_PER_WORD) + 1))

    def mask(self, first: dt.date, last: dt.date) -> tuple[int, ...]:
        """Return the bits of the days from `first` to `last`, one number per column."""
        days = range(max((first - self.first).days, 0), (last - self.first).days + 1)
        bits = reduce(or_, (1 << day for day in days), 0)
        return tuple(bits >> (n * DAYS_PER_WORD) & ALL_BITS for n in range(len(self.words)))

    def window(self, as_of: dt.date, days: int) -> tuple[int, ...]:
        """Return the bits of the `days` days up to `as_of`, one number per column."""
        return self.mask(as_of - dt.timedelta(days=days - 1), as_of)


def collect_days(day_range: DayRange) -> list[Column]:
    """Return the aggregates that collect the days `ds` of a group's rows into a bitmap."""
    return [F.bit_or(day).alias(name) for day, name in zip(day_bits(day_range), day_range.words, strict=True)]


def day_bits(day_range: DayRange) -> list[Column]:
    """Return the day `ds` of a row as a bitmap."""
    offset = F.datediff("ds", F.lit(day_range.first))
    return [F.when(offset.between(n * DAYS_PER_WORD, (n + 1) * DAYS_PER_WORD - 1),
                   single_bit(offset - n * DAYS_PER_WORD))
            .otherwise(_bits(0)).alias(name) for n, name in enumerate(day_range.words)]


def month_bits(day_range: DayRange) -> list[Column]:
    """Return the bitmap of a row of a month, shifted to the range.

    The row has the last day of its month in `ds`, and its days in `day_bits`, where bit 0 is the first of the month.
    """
    first = F.datediff("ds", F.lit(day_range.first)) - F.dayofmonth("ds") + 1
    columns = []
    for n, name in enumerate(day_range.words):
        offset = first - n * DAYS_PER_WORD
        columns.append(F.when(offset.between(0, DAYS_PER_WORD - 1),
                              F.call_function("shiftleft", F.col("day_bits"), offset)
                              .bitwiseAND(_bits(ALL_BITS)))
                       .when(offset.between(-MAX_DAYS_IN_MONTH, -1),
                             F.call_function("shiftright", F.col("day_bits"), -offset))
                       .otherwise(_bits(0)).alias(name))
    return columns


def single_bit(position: Column) -> Column:
    """Return the whole number with the one bit at `position`, which is from 0 to 62."""
    return F.call_function("shiftleft", _bits(1), position)


def day_offsets(day_range: DayRange) -> Column:
    """Return the days of a row's bitmap as a sorted array of int, counted from the first day of the range."""
    words = F.array(*[F.col(name) for name in day_range.words])
    days = F.array(*[F.lit(day) for day in range((day_range.last - day_range.first).days + 1)])
    return F.filter(days, lambda day: F.call_function(
        "shiftright", F.get(words, F.floor(day / DAYS_PER_WORD).cast("int")), day % DAYS_PER_WORD)
        .bitwiseAND(_bits(1)) == 1)


def bits_from_day_on(day_range: DayRange) -> list[Column]:
    """Return the day `ds` of a row and every later day of the range as a bitmap.

    A registration counts in this way from the day of its arrival on.
    """
    offset = F.datediff("ds", F.lit(day_range.first))
    full = _bits(ALL_BITS)
    return [F.when(offset <= n * DAYS_PER_WORD, full)
            .when(offset >= (n + 1) * DAYS_PER_WORD, _bits(0))
            .otherwise(F.call_function("shiftleft", full, offset - n * DAYS_PER_WORD).bitwiseAND(full)).alias(name)
            for n, name in enumerate(day_range.words)]


def explode_by_as_of(df: DataFrame, day_range: DayRange, as_ofs: Iterable[dt.date], window: int) -> DataFrame:
    """Return each row once per as-of day that has a day of the row in its window.

    Args:
        df: rows with the bitmap columns of `day_range`.
        window: days up to and including the as-of day.

    Returns:
        The columns of `df` without the bitmap, and `as_of`.
    """
    masks = [F.struct(F.lit(as_of).alias("as_of"), *[
        _bits(bits).alias(name) for name, bits in zip(day_range.words, day_range.window(as_of, window), strict=True)])
        for as_of in sorted(set(as_ofs))]
    passthrough = [name for name in df.columns if name not in day_range.words]
    exploded = df.select("*", F.explode(F.array(*masks)).alias("look"))
    return (exploded.where(_meets({name: F.col(f"look.{name}") for name in day_range.words}))
            .select(*passthrough, F.col("look.as_of").alias("as_of")))


def as_of_bits(day_range: DayRange, as_ofs: Sequence[dt.date], window: int, within: DayRange) -> list[Column]:
    """Return a bitmap of the as-of days that have a day of the row in their window.

    Args:
        day_range: of the row's bitmap.
        window: days up to and including the as-of day.
        within: of the returned bitmap.
    """
    no_bits = _bits(0)
    columns = []
    for n, name in enumerate(within.words):
        flags = [F.when(overlaps_column(day_range, day_range.window(as_of, window)), _bits(bit)).otherwise(no_bits)
                 for as_of in sorted(set(as_ofs)) if (bit := within.mask(as_of, as_of)[n])]
        columns.append(tree_reduce([no_bits, *flags], lambda left, right: left.bitwiseOR(right)).alias(name))
    return columns


def overlaps_column(day_range: DayRange, mask: Sequence[int]) -> Column:
    """Return whether the bitmap of a row has any day of a mask."""
    return _meets({name: _bits(bits) for name, bits in zip(day_range.words, mask, strict=True)})


def _bits(bits: int) -> Column:
    return F.lit(bits).cast("bigint")


def overlaps(words: Sequence[np.ndarray], mask: Sequence[int]) -> np.ndarray:
    """Return whether each row's bitmap has any day of a mask: `overlaps_column` for NumPy."""
    return reduce(or_, [word & bits for word, bits in zip(words, mask, strict=True) if bits],
                  np.zeros(len(words[0]), np.int64)) != 0


def _meets(masks: Mapping[str, Column]) -> Column:
    """Return whether the bitmap of a row has any day of a mask, given by the name of the column."""
    return reduce(or_, [F.col(name).bitwiseAND(mask) != 0 for name, mask in masks.items()] or [F.lit(False)])
