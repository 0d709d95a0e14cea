"""Sets of arrival days as bits of whole numbers.

A value may arrive on any of some hundred days, and is looked at from many. As bits, its days are
gathered by a plain aggregate of whole numbers (an array of days would be gathered by objects, and
sorted), and whether any of them lies in a window is one mask.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

WORD = 60  # days in one bigint: its sign is left alone
FULL = (1 << WORD) - 1


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, in as many words as they need."""

    first: dt.date
    last: dt.date

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the columns that hold the bits; bit 0 of the first is the first day."""
        return tuple(f"days_{n}" for n in range(((self.last - self.first).days // WORD) + 1))

    def mask(self, first: dt.date, last: dt.date) -> tuple[int, ...]:
        """The bits of the days from `first` to `last`, word by word."""
        days = range(max((first - self.first).days, 0), (last - self.first).days + 1)
        whole = reduce(or_, (1 << day for day in days), 0)
        return tuple(whole >> (n * WORD) & FULL for n in range(len(self.words)))


def gathered(span: Span) -> list["Column"]:
    """Aggregates: the days `ds` of the rows of a group, as bits."""
    from pyspark.sql import functions as F

    offset = F.datediff("ds", F.lit(span.first))
    bits = []
    for n, name in enumerate(span.words):
        inside = offset.between(n * WORD, (n + 1) * WORD - 1)
        bit = F.call_function("shiftleft", F.lit(1).cast("bigint"), offset - n * WORD)
        bits.append(F.bit_or(F.when(inside, bit).otherwise(F.lit(0).cast("bigint"))).alias(name))
    return bits


def offsets(span: Span) -> "Column":
    """The days of a row's bits as an array of int, in order: 0 is the span's first day."""
    from pyspark.sql import functions as F

    words = F.array(*[F.col(name) for name in span.words])
    days = F.array(*[F.lit(day) for day in range((span.last - span.first).days + 1)])
    return F.filter(days, lambda day: F.call_function(
        "shiftright", F.get(words, F.floor(day / WORD).cast("int")), day % WORD)
        .bitwiseAND(F.lit(1).cast("bigint")) == 1)


def ever_since(span: Span) -> list["Column"]:
    """The day `ds` of a row and every day after it, as bits: for what counts as long as it is known."""
    from pyspark.sql import functions as F

    offset = F.datediff("ds", F.lit(span.first))
    full = F.lit(FULL).cast("bigint")
    return [F.when(offset <= n * WORD, full)
            .when(offset >= (n + 1) * WORD, F.lit(0).cast("bigint"))
            .otherwise(F.call_function("shiftleft", full, offset - n * WORD).bitwiseAND(full)).alias(name)
            for n, name in enumerate(span.words)]


def looked_at(df: "DataFrame", span: Span, as_ofs: Iterable[dt.date], windows: Sequence[int]) -> "DataFrame":
    """Each row once per as-of day, with `as_of` and `within_<window>`: whether a day of it lies in the window.

    Rows of which no day lies in the longest window are left out, and so are the days themselves.
    """
    from pyspark.sql import functions as F

    looks = [F.struct(F.lit(as_of).alias("as_of"), *[
        F.lit(bits).cast("bigint").alias(f"mask_{window}_{n}") for window in windows
        for n, bits in enumerate(_window(span, as_of, window))])
        for as_of in sorted(set(as_ofs))]
    kept = [name for name in df.columns if name not in span.words]
    looked = df.select("*", F.explode(F.array(*looks)).alias("look"))
    inside = {window: _meets({name: F.col(f"look.mask_{window}_{n}") for n, name in enumerate(span.words)})
              for window in windows}
    return looked.where(inside[max(windows)]).select(
        *kept, F.col("look.as_of").alias("as_of"), *[met.alias(f"within_{w}") for w, met in inside.items()])


def _window(span: Span, as_of: dt.date, window: int) -> tuple[int, ...]:
    """The bits of the `window` days up to `as_of`."""
    return span.mask(as_of - dt.timedelta(days=window - 1), as_of)


def _meets(masks: Mapping[str, "Column"]) -> "Column":
    """Whether a row has any of the days of a mask, which is given word by word."""
    from pyspark.sql import functions as F

    return reduce(or_, [F.col(name).bitwiseAND(mask) != 0 for name, mask in masks.items()] or [F.lit(False)])
