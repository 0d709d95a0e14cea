"""Sets of arrival days as bits of whole numbers.

A value may arrive on any of some hundred days, and is looked at from many. As bits, its days are
gathered by a plain aggregate of whole numbers (an array of days would be gathered by objects, and
sorted), and whether any of them lies in a window is one mask.
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

DAYS_PER_WORD = 60  # days in one bigint: its sign is left alone
ALL_BITS = (1 << DAYS_PER_WORD) - 1


@dataclass(frozen=True)
class DayRange:
    """The days from `first` to `last`, in as many words as they need."""

    first: dt.date
    last: dt.date

    @classmethod
    def covering(cls, days: Collection[dt.date]) -> "DayRange":
        """From the earliest of some days to the latest."""
        return cls(min(days), max(days))

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the columns that hold the bits; bit 0 of the first is the first day."""
        return tuple(f"day_bits_{n}" for n in range(((self.last - self.first).days // DAYS_PER_WORD) + 1))

    def mask(self, first: dt.date, last: dt.date) -> tuple[int, ...]:
        """The bits of the days from `first` to `last`, word by word."""
        days = range(max((first - self.first).days, 0), (last - self.first).days + 1)
        whole = reduce(or_, (1 << day for day in days), 0)
        return tuple(whole >> (n * DAYS_PER_WORD) & ALL_BITS for n in range(len(self.words)))

    def window(self, as_of: dt.date, days: int) -> tuple[int, ...]:
        """The bits of the `days` days up to `as_of`, word by word."""
        return self.mask(as_of - dt.timedelta(days=days - 1), as_of)


def collect_days(span: DayRange) -> list[Column]:
    """Aggregates: the days `ds` of the rows of a group, as bits."""
    return [F.bit_or(day).alias(name) for day, name in zip(day_bits(span), span.words, strict=True)]


def day_bits(span: DayRange) -> list[Column]:
    """The day `ds` of a row, as bits."""
    offset = F.datediff("ds", F.lit(span.first))
    return [F.when(offset.between(n * DAYS_PER_WORD, (n + 1) * DAYS_PER_WORD - 1),
                   single_bit(offset - n * DAYS_PER_WORD))
            .otherwise(_bits(0)).alias(name) for n, name in enumerate(span.words)]


def month_bits(span: DayRange) -> list[Column]:
    """The days of a row of a month, whose last day is `ds`, as bits. Its own, `day_bits`, begin with the month."""
    first = F.datediff("ds", F.lit(span.first)) - F.dayofmonth("ds") + 1
    found = []
    for n, name in enumerate(span.words):
        offset = first - n * DAYS_PER_WORD
        found.append(F.when(offset.between(0, DAYS_PER_WORD - 1),
                            F.call_function("shiftleft", F.col("day_bits"), offset)
                            .bitwiseAND(_bits(ALL_BITS)))
                     .when(offset.between(-MAX_DAYS_IN_MONTH, -1),
                           F.call_function("shiftright", F.col("day_bits"), -offset))
                     .otherwise(_bits(0)).alias(name))
    return found


def single_bit(place: Column) -> Column:
    """The whole number of which the bit at a place, from 0 to 62, is the only one."""
    return F.call_function("shiftleft", _bits(1), place)


def day_offsets(span: DayRange) -> Column:
    """The days of a row's bits as an array of int, in order: 0 is the span's first day."""
    words = F.array(*[F.col(name) for name in span.words])
    days = F.array(*[F.lit(day) for day in range((span.last - span.first).days + 1)])
    return F.filter(days, lambda day: F.call_function(
        "shiftright", F.get(words, F.floor(day / DAYS_PER_WORD).cast("int")), day % DAYS_PER_WORD)
        .bitwiseAND(_bits(1)) == 1)


def bits_from_day_on(span: DayRange) -> list[Column]:
    """The day `ds` of a row and every day after it, as bits: for what counts as long as it is known."""
    offset = F.datediff("ds", F.lit(span.first))
    full = _bits(ALL_BITS)
    return [F.when(offset <= n * DAYS_PER_WORD, full)
            .when(offset >= (n + 1) * DAYS_PER_WORD, _bits(0))
            .otherwise(F.call_function("shiftleft", full, offset - n * DAYS_PER_WORD).bitwiseAND(full)).alias(name)
            for n, name in enumerate(span.words)]


def explode_by_as_of(df: DataFrame, span: DayRange, as_ofs: Iterable[dt.date], window: int) -> DataFrame:
    """Each row once per as-of day that has any day of it in its window, with `as_of`, without the days."""
    looks = [F.struct(F.lit(as_of).alias("as_of"), *[
        _bits(bits).alias(name) for name, bits in zip(span.words, span.window(as_of, window), strict=True)])
        for as_of in sorted(set(as_ofs))]
    kept = [name for name in df.columns if name not in span.words]
    looked = df.select("*", F.explode(F.array(*looks)).alias("look"))
    return (looked.where(_meets({name: F.col(f"look.{name}") for name in span.words}))
            .select(*kept, F.col("look.as_of").alias("as_of")))


def as_of_bits(span: DayRange, as_ofs: Sequence[dt.date], window: int, within: DayRange) -> list[Column]:
    """The days as of which any day of a row lies in the window, as bits of `within`."""
    nothing = _bits(0)
    found = []
    for n, name in enumerate(within.words):
        looks = [F.when(overlaps_column(span, span.window(as_of, window)), _bits(bit)).otherwise(nothing)
                 for as_of in sorted(set(as_ofs)) if (bit := within.mask(as_of, as_of)[n])]
        found.append(tree_reduce([nothing, *looks], lambda left, right: left.bitwiseOR(right)).alias(name))
    return found


def overlaps_column(span: DayRange, mask: Sequence[int]) -> Column:
    """Whether a row has any of the days of a mask."""
    return _meets({name: _bits(bits) for name, bits in zip(span.words, mask, strict=True)})


def _bits(bits: int) -> Column:
    return F.lit(bits).cast("bigint")


def overlaps(words: Sequence[np.ndarray], mask: Sequence[int]) -> np.ndarray:
    """Whether each row has any of the days of a mask, in the memory of one process."""
    return reduce(or_, [word & bits for word, bits in zip(words, mask, strict=True) if bits],
                  np.zeros(len(words[0]), np.int64)) != 0


def _meets(masks: Mapping[str, Column]) -> Column:
    """Whether a row has any of the days of a mask, which is given word by word."""
    return reduce(or_, [F.col(name).bitwiseAND(mask) != 0 for name, mask in masks.items()] or [F.lit(False)])
