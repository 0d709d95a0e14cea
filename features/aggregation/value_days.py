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
from features.language.feature import (
    LOOKBACK_DAYS,
)
from features.language.feature_set import FeatureSet


def first_tile(as_ofs: Sequence[dt.date]) -> dt.date:
    """The earliest arrival day that features as of these days look at, those of a lifetime apart."""
    return min(as_ofs) - dt.timedelta(days=LOOKBACK_DAYS - 1)


def _span(as_ofs: Sequence[dt.date]) -> DayRange:
    return DayRange(first_tile(as_ofs), max(as_ofs))


@dataclass(frozen=True)
class ValueArrivalDays:
    """The days on which each value arrived: `values` is (entity id, feature_id, value_hash, the days as bits of `span`)."""

    values: DataFrame
    days: DayRange


def value_arrival_days(history: History, features: FeatureSet, as_ofs: Sequence[dt.date]) -> ValueArrivalDays | None:
    """The days of each value that distinct counts, ties and circles start from; None without any value.

    They are gathered before they are looked at from each as-of day, so that what is shuffled by value
    does not grow with the number of days asked for.
    """
    if history.values is None:
        return None
    span = _span(as_ofs)
    inside = (F.col("ds") <= F.lit(max(as_ofs))) & _within_reach(features, min(as_ofs))
    key = (features.id, "feature_id", "value_hash")
    rows = union_all([values.where(inside).select(*key, *days(span)) for values, days in (
        (history.values, day_bits), (history.month_values, month_bits)) if values is not None])
    return ValueArrivalDays(rows.groupBy(*key).agg(*[F.bit_or(word).alias(word) for word in span.words]), span)


def _within_reach(features: FeatureSet, earliest: dt.date) -> Column:
    """Whether a value arrived in time for the widest window that asks for it: many look back a week alone."""
    asking: dict[int, list[int]] = {}
    for feature in features.distinct_features:
        asking.setdefault(features.lookback_of(feature), []).append(features.distinct_feature_ids[feature.name])
    return reduce(or_, [F.col("feature_id").isin(some) & (F.col("ds") > F.lit(earliest - dt.timedelta(days=days)))
                        for days, some in sorted(asking.items())])
