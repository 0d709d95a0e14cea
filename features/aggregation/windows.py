"""As-of windows over tiles: the only place that cuts time.

As of day D, a window of N days holds the events that arrived on D and on the N - 1 days before it,
whenever they happened. Nothing that arrived after D is read. One function serves tonight's scores,
a backfill and training: `as_ofs` is a list of days.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from features.aggregation import windows_multi_day, windows_single_day
from features.aggregation.peers import with_peers
from features.frames.case_when import map_values
from features.frames.day_bitmap import DayRange, as_of_bits, bits_from_day_on, day_bits, explode_by_as_of, month_bits
from features.frames.hashing import hash64
from features.frames.union import union_all
from features.graph.audience import AudienceMembers
from features.graph.components import Materialize
from features.language.feature import (
    LOOKBACK_DAYS,
    Attribute,
    Audience,
    Change,
    Feature,
    Ratio,
    RelativeToHistory,
    SharedIdentifier,
    adds_up,
    column_of,
)
from features.language.feature_set import FeatureSet

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True)
class History:
    """What is known of one entity's past.

    `tiles` and `values` are as `features.tiles` makes them; tiles of days before `first_tile` may come
    rolled up, and values that are not among `values` by whole months. `accounts` is the registration table
    (None where it never arrived), `first_days` the first arrival day of each source: before that day its
    features are null, because a table that is not there is not a table of zeros.
    """

    tiles: "DataFrame"
    values: "DataFrame | None"
    registrations: "DataFrame | None"
    first_days: Mapping[str, dt.date]
    month_values: "DataFrame | None" = None


def first_tile(as_ofs: Sequence[dt.date]) -> dt.date:
    """The earliest arrival day that features as of these days look at, those of a lifetime apart."""
    return min(as_ofs) - dt.timedelta(days=LOOKBACK_DAYS - 1)


def _span(as_ofs: Sequence[dt.date]) -> DayRange:
    return DayRange(first_tile(as_ofs), max(as_ofs))


def as_of_features(history: History, features: FeatureSet, as_ofs: Sequence[dt.date], materialize: Materialize,
          arrival_days: "ValueArrivalDays | None" = None) -> "DataFrame":
    """Features of every entity with an event or a registration in the last 90 days, as of each day.

    Args:
        hold: computes a frame and gives it back as one that is read without computing it again.
        seen: `seen_values` of the same arguments, where the caller holds it for several uses.

    Returns:
        (ds = the as-of day, entity id, slices, `features.base_columns`), one row per entity and day.
    """
    from pyspark.sql import functions as F

    keys = [features.id, "as_of"]
    arrival_days = value_arrival_days(history, features, as_ofs) if arrival_days is None else arrival_days
    look = windows_single_day if len(set(as_ofs)) == 1 else windows_multi_day
    rows = look.aggregate_windows(history.tiles, arrival_days.values if arrival_days else None, _span(as_ofs), features, as_ofs)
    accounts = _latest_registrations(history, features, as_ofs)
    if accounts is None:
        rows = rows.where("has_events")
    else:
        recent = F.datediff("as_of", "account_ds") < LOOKBACK_DAYS
        rows = rows.join(accounts, keys, "full_outer").where(F.col("has_events") | recent)
    base = rows.select(*keys, *_slices(history, features), *_base_columns(history, features))
    derived = base.select("*", *derived_columns(features, Ratio))
    derived = with_peers(materialize(derived.select("*", *derived_columns(features, Change))), features, "as_of")
    return derived.select(F.col("as_of").alias("ds"), features.id, *features.slice_columns, *features.base_columns)


def _days(as_ofs: Sequence[dt.date]) -> "Column":
    from pyspark.sql import functions as F

    return F.array(*[F.lit(day) for day in sorted(set(as_ofs))])


@dataclass(frozen=True)
class ValueArrivalDays:
    """The days on which each value arrived: `values` is (entity id, place, number, the days as bits of `span`)."""

    values: "DataFrame"
    days: DayRange


def value_arrival_days(history: History, features: FeatureSet, as_ofs: Sequence[dt.date]) -> ValueArrivalDays | None:
    """The days of each value that distinct counts, ties and circles start from; None without any value.

    They are gathered before they are looked at from each as-of day, so that what is shuffled by value
    does not grow with the number of days asked for.
    """
    from pyspark.sql import functions as F

    if history.values is None:
        return None
    span = _span(as_ofs)
    inside = (F.col("ds") <= F.lit(max(as_ofs))) & _within_reach(features, min(as_ofs))
    key = (features.id, "place", "number")
    rows = union_all([values.where(inside).select(*key, *days(span)) for values, days in (
        (history.values, day_bits), (history.month_values, month_bits)) if values is not None])
    return ValueArrivalDays(rows.groupBy(*key).agg(*[F.bit_or(word).alias(word) for word in span.words]), span)


def _within_reach(features: FeatureSet, earliest: dt.date) -> "Column":
    """Whether a value arrived in time for the widest window that asks for it: many look back a week alone."""
    from pyspark.sql import functions as F

    asking: dict[int, list[int]] = {}
    for feature in features.distinct_features:
        asking.setdefault(features.lookback_of(feature), []).append(features.distinct_feature_ids[feature.name])
    return reduce(or_, [F.col("place").isin(some) & (F.col("ds") > F.lit(earliest - dt.timedelta(days=days)))
                        for days, some in sorted(asking.items())])


def identifier_observations(history: History, features: FeatureSet, as_ofs: Sequence[dt.date],
              seen: ValueArrivalDays | None) -> "DataFrame | None":
    """Which identifier each account was seen with: (as_of, account, tie, value = its number), in any number
    of copies.

    Events count for 90 days, what an account was registered with for as long as it is known. Values
    that one account alone was ever seen with tie nobody and are left out before days are looked at.
    None where no tie has any source.
    """
    from pyspark.sql import functions as F

    span = _span(as_ofs)
    found = [*_event_identifiers(seen, features), *_registration_identifiers(history.registrations, features, span)]
    if not found:
        return None
    everything = union_all(found).withColumn("identifier", F.xxhash64("tie", "value"))
    account = hash64(F.col("account"))
    shared = (everything.groupBy("identifier").agg(F.min(account).alias("one"), F.max(account).alias("other"))
              .where("one <> other").select("identifier"))
    return (explode_by_as_of(everything.join(shared, ["identifier"], "left_semi"), span, as_ofs, LOOKBACK_DAYS)
            .select("as_of", "account", "tie", "value"))


def _event_identifiers(seen: ValueArrivalDays | None, features: FeatureSet) -> Iterator["DataFrame"]:
    """The values of the distinct counts that a tie names."""
    from pyspark.sql import functions as F

    named = {features.distinct_feature_ids[field]: tie.name for tie in features.of_type(SharedIdentifier) for field in tie.of}
    if seen is not None and named:
        yield (seen.values.where(F.col("place").isin(list(named)))
               .select(F.col(features.id).alias("account"), map_values(F.col("place"), named).alias("tie"),
                       F.col("number").alias("value"), *seen.days.words))


def _registration_identifiers(accounts: "DataFrame | None", features: FeatureSet, span: DayRange) -> Iterator["DataFrame"]:
    """The identifiers in every registration row, which count from its day on."""
    from pyspark.sql import functions as F

    pairs = [F.struct(F.lit(tie.name).alias("tie"), hash64(F.col(column)).alias("value"))
             for tie in features.of_type(SharedIdentifier) for column in tie.profile_columns]
    if accounts is not None and pairs:
        yield (accounts.select(features.id, "ds", F.explode(F.array(*pairs)).alias("pair"))
               .where(F.col("pair.value").isNotNull())
               .select(F.col(features.id).alias("account"), "pair.tie", "pair.value", *bits_from_day_on(span)))


def audience_members(seen: ValueArrivalDays | None, features: FeatureSet, as_ofs: Sequence[dt.date]) -> AudienceMembers | None:
    """The users around an entity as of each day. None without circles."""
    from pyspark.sql import functions as F

    circles, within = features.of_type(Audience), DayRange.covering(as_ofs)
    if seen is None or not circles:
        return None
    around = [seen.values.where(F.col("place") == features.distinct_feature_ids[circle.of]).select(
        F.col(features.id).alias("owner"), F.lit(place).alias("circle"), F.col("number").alias("member"),
        *as_of_bits(seen.days, as_ofs, circle.window, within)) for place, circle in enumerate(circles)]
    some = reduce(or_, [F.col(word) != 0 for word in within.words])
    return AudienceMembers(union_all(around).where(some), as_ofs)


def _latest_registrations(history: History, features: FeatureSet, as_ofs: Sequence[dt.date]) -> "DataFrame | None":
    """The latest registration row that had arrived by each day."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if history.registrations is None:
        return None
    later = F.lead("ds").over(Window.partitionBy(features.id).orderBy("ds"))
    stands = (F.col("account_ds") <= F.col("as_of")) & (F.col("later").isNull() | (F.col("as_of") < F.col("later")))
    row = F.struct(*[name for name in features.profile.names if name != features.id])
    rows = history.registrations.select(features.id, F.col("ds").alias("account_ds"), later.alias("later"),
                                   row.alias("account"))
    return (rows.withColumn("as_of", F.explode(_days(as_ofs))).where(stands)
            .select(features.id, "as_of", "account_ds", "account"))


def _slices(history: History, features: FeatureSet) -> list["Column"]:
    from pyspark.sql import functions as F

    if history.registrations is None:
        return [F.lit(None).cast("string").alias(name) for name in features.slice_columns]
    return [F.col(f"account.{name}").alias(name) for name in features.slice_columns]


def _base_columns(history: History, features: FeatureSet) -> list["Column"]:
    columns = []
    for d in features.of_type(Feature, Attribute):
        for column in d.columns:
            value = _attribute_value(d, history, features) if isinstance(d, Attribute) else _null_before_first_day(d, column, history)
            columns.append(value.alias(column))
    return columns


def _attribute_value(d: Attribute, history: History, features: FeatureSet) -> "Column":
    from pyspark.sql import functions as F

    if history.registrations is None:
        return F.lit(None).cast("bigint")
    names = [name for name in features.profile.names if name != features.id]
    value = _qualified(d.value, names)
    return F.when(F.col("account").isNotNull(), F.expr(value)).cast("bigint")


def _qualified(sql: str, names: Sequence[str]) -> str:
    """Account columns live in a struct here, where they cannot clash with features."""
    return re.sub(rf"\b({'|'.join(names)})\b", r"account.\1", sql)


def _null_before_first_day(feature: Feature, column: str, history: History) -> "Column":
    """The window's value, null before the feature's table first arrived."""
    from pyspark.sql import functions as F

    first = history.first_days.get(feature.source.name)
    if first is None:
        return F.lit(None).cast("bigint")
    value = F.col(column)
    if feature.aggregation in ("count", "sum", "distinct"):
        value = F.coalesce(value, F.lit(0))
    if feature.aggregation in ("first", "last"):
        value = F.datediff("as_of", value)
    return F.when(F.col("as_of") >= F.lit(first), value.cast("bigint"))


def derived_columns(features: FeatureSet, kind: type) -> list["Column"]:
    """The columns of every definition of a kind that divides: `Ratio`, `Change` or `Against`."""
    columns = []
    for d in features.of_type(kind):
        if isinstance(d, Ratio):
            columns += [_ratio(d, w).alias(c) for w, c in zip(d.windows, d.columns)]
        elif isinstance(d, RelativeToHistory):
            columns.append(_safe_quotient(d.of, column_of(d.to, d.window)).alias(d.columns[0]))
        else:
            scale = (d.long, d.short) if adds_up(features.named(d.of)) else (1, 1)
            columns.append(_safe_quotient(column_of(d.of, d.short), column_of(d.of, d.long), *scale).alias(d.columns[0]))
    return columns


def _ratio(d: Ratio, window: int) -> "Column":
    from pyspark.sql import functions as F

    over, under = (column_of(part, window, d.delay) for part in (d.of, d.to))
    found = _safe_quotient(over, under)
    return found if d.if_denominator_zero is None else F.when(F.col(under) == 0, F.lit(d.if_denominator_zero)).otherwise(found)


def _safe_quotient(over: str, under: str, times: int = 1, by: int = 1) -> "Column":
    from pyspark.sql import functions as F

    dividend, divisor = F.col(over).cast("double") * times, F.col(under).cast("double") * by
    return F.when(divisor != 0, dividend / divisor)
