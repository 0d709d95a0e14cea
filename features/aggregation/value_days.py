"""The days on which each value of a distinct count arrived."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.aggregation.history import History
from features.frames.day_bitmap import DayRange, day_bits, month_bits
from features.frames.union import union_all
from features.language.feature import LOOKBACK_DAYS
from features.language.feature_set import FeatureSet


def first_tile(as_ofs: Sequence[dt.date]) -> dt.date:
    """Return the earliest arrival day that features as of these days read, lifetime windows apart."""
    return min(as_ofs) - dt.timedelta(days=LOOKBACK_DAYS - 1)


def _span(as_ofs: Sequence[dt.date]) -> DayRange:
    return DayRange(first_tile(as_ofs), max(as_ofs))


@dataclass(frozen=True)
class ValueArrivalDays:
    """The arrival days of each value of a distinct count.

    Attributes:
        values: (entity id, feature_id, value_hash, the bitmap columns of `days`), each value once.
        days: the range of the bitmap.
    """

    values: DataFrame
    days: DayRange


def value_arrival_days(history: History, features: FeatureSet, as_ofs: Sequence[dt.date]) -> ValueArrivalDays | None:
    """Return the arrival days of each value that distinct counts, shared identifiers and audiences read.

    The days of a value are collected before any as-of day looks at them. The rows that are shuffled by value therefore
    do not grow with the number of as-of days.

    Returns:
        None where no value ever arrived.
    """
    if history.values is None:
        return None
    day_range = _span(as_ofs)
    inside = (F.col("ds") <= F.lit(max(as_ofs))) & _within_reach(features, min(as_ofs))
    key = (features.id, "feature_id", "value_hash")
    rows = union_all([values.where(inside).select(*key, *days(day_range)) for values, days in (
        (history.values, day_bits), (history.month_values, month_bits)) if values is not None])
    return ValueArrivalDays(rows.groupBy(*key).agg(*[F.bit_or(word).alias(word) for word in day_range.words]),
                            day_range)


def _within_reach(features: FeatureSet, earliest: dt.date) -> Column:
    """Return whether a value arrived within the widest window that reads it. Most windows are 7 days."""
    by_lookback: dict[int, list[int]] = {}
    for feature in features.distinct_features:
        by_lookback.setdefault(features.lookback_of(feature), []).append(features.distinct_feature_ids[feature.name])
    return reduce(or_, [F.col("feature_id").isin(ids) & (F.col("ds") > F.lit(earliest - dt.timedelta(days=days)))
                        for days, ids in sorted(by_lookback.items())])
