"""Identifier observations of accounts, and the members of audiences."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.aggregation.history import History
from features.aggregation.value_days import ValueArrivalDays, _span
from features.frames.case_when import map_values
from features.frames.day_bitmap import DayRange, as_of_bits, bits_from_day_on, explode_by_as_of
from features.frames.hashing import hash64
from features.frames.union import union_all
from features.graph.audience import AudienceMembers
from features.language.feature import LOOKBACK_DAYS, Audience, SharedIdentifier
from features.language.feature_set import FeatureSet


def identifier_observations(history: History, features: FeatureSet, as_ofs: Sequence[dt.date],
                            arrival_days: ValueArrivalDays | None) -> DataFrame | None:
    """Return the identifiers that each account was observed with: (as_of, account, identifier_type, value = its hash).

    An identifier of an event counts for 90 days, one of a registration from its arrival on. An identifier of a single
    account links nothing and is left out before the as-of days are looked at.

    Returns:
        One or more rows per as-of day, account and identifier; None where no shared identifier has a source.
    """
    day_range = _span(as_ofs)
    parts = [*_event_identifiers(arrival_days, features),
             *_registration_identifiers(history.registrations, features, day_range)]
    if not parts:
        return None
    observed = union_all(parts).withColumn("identifier", F.xxhash64("identifier_type", "value"))
    account = hash64(F.col("account"))
    shared = (observed.groupBy("identifier").agg(F.min(account).alias("one"), F.max(account).alias("other"))
              .where("one <> other").select("identifier"))
    return (explode_by_as_of(observed.join(shared, ["identifier"], "left_semi"), day_range, as_ofs, LOOKBACK_DAYS)
            .select("as_of", "account", "identifier_type", "value"))


def _event_identifiers(arrival_days: ValueArrivalDays | None, features: FeatureSet) -> Iterator[DataFrame]:
    """Yield the values of the distinct counts that a `SharedIdentifier` names."""
    types = {features.distinct_feature_ids[name]: d.name for d in features.of_type(SharedIdentifier) for name in d.of}
    if arrival_days is not None and types:
        yield (arrival_days.values.where(F.col("feature_id").isin(list(types)))
               .select(F.col(features.id).alias("account"),
                       map_values(F.col("feature_id"), types).alias("identifier_type"),
                       F.col("value_hash").alias("value"), *arrival_days.days.words))


def _registration_identifiers(registrations: DataFrame | None, features: FeatureSet,
                              day_range: DayRange) -> Iterator[DataFrame]:
    """Yield the identifiers of every registration row, which count from its arrival day on."""
    pairs = [F.struct(F.lit(d.name).alias("identifier_type"), hash64(F.col(column)).alias("value"))
             for d in features.of_type(SharedIdentifier) for column in d.profile_columns]
    if registrations is not None and pairs:
        yield (registrations.select(features.id, "ds", F.explode(F.array(*pairs)).alias("pair"))
               .where(F.col("pair.value").isNotNull())
               .select(F.col(features.id).alias("account"), "pair.identifier_type", "pair.value",
                       *bits_from_day_on(day_range)))


def audience_members(arrival_days: ValueArrivalDays | None, features: FeatureSet,
                     as_ofs: Sequence[dt.date]) -> AudienceMembers | None:
    """Return the members of each audience as of each day; None without an audience or without any value."""
    audiences, within = features.of_type(Audience), DayRange.covering(as_ofs)
    if arrival_days is None or not audiences:
        return None
    members = [arrival_days.values.where(F.col("feature_id") == features.distinct_feature_ids[audience.of]).select(
        F.col(features.id).alias("owner"), F.lit(index).alias("audience"), F.col("value_hash").alias("member"),
        *as_of_bits(arrival_days.days, as_ofs, audience.window, within)) for index, audience in enumerate(audiences)]
    has_days = reduce(or_, [F.col(word) != 0 for word in within.words])
    return AudienceMembers(union_all(members).where(has_days), as_ofs)
