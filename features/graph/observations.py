"""Which identifiers accounts were observed with, and which users belong to an entity's audience."""

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
from features.language.feature import (
    LOOKBACK_DAYS,
    Audience,
    SharedIdentifier,
)
from features.language.feature_set import FeatureSet


def identifier_observations(history: History, features: FeatureSet, as_ofs: Sequence[dt.date],
                            seen: ValueArrivalDays | None) -> DataFrame | None:
    """Which identifier each account was seen with: (as_of, account, identifier_type, value = its hash), in any number
    of copies.

    Events count for 90 days, what an account was registered with for as long as it is known. Values
    that one account alone was ever seen with tie nobody and are left out before days are looked at.
    None where no tie has any source.
    """
    span = _span(as_ofs)
    found = [*_event_identifiers(seen, features), *_registration_identifiers(history.registrations, features, span)]
    if not found:
        return None
    everything = union_all(found).withColumn("identifier", F.xxhash64("identifier_type", "value"))
    account = hash64(F.col("account"))
    shared = (everything.groupBy("identifier").agg(F.min(account).alias("one"), F.max(account).alias("other"))
              .where("one <> other").select("identifier"))
    return (explode_by_as_of(everything.join(shared, ["identifier"], "left_semi"), span, as_ofs, LOOKBACK_DAYS)
            .select("as_of", "account", "identifier_type", "value"))


def _event_identifiers(seen: ValueArrivalDays | None, features: FeatureSet) -> Iterator[DataFrame]:
    """The values of the distinct counts that a tie names."""
    named = {
        features.distinct_feature_ids[field]: tie.name for tie in features.of_type(SharedIdentifier) for field in tie.of
    }
    if seen is not None and named:
        yield (seen.values.where(F.col("feature_id").isin(list(named)))
               .select(F.col(features.id).alias("account"),
                       map_values(F.col("feature_id"), named).alias("identifier_type"),
                       F.col("value_hash").alias("value"), *seen.days.words))


def _registration_identifiers(
    accounts: DataFrame | None, features: FeatureSet, span: DayRange
) -> Iterator[DataFrame]:
    """The identifiers in every registration row, which count from its day on."""
    pairs = [F.struct(F.lit(tie.name).alias("identifier_type"), hash64(F.col(column)).alias("value"))
             for tie in features.of_type(SharedIdentifier) for column in tie.profile_columns]
    if accounts is not None and pairs:
        yield (accounts.select(features.id, "ds", F.explode(F.array(*pairs)).alias("pair"))
               .where(F.col("pair.value").isNotNull())
               .select(F.col(features.id).alias("account"), "pair.identifier_type", "pair.value",
                       *bits_from_day_on(span)))


def audience_members(seen: ValueArrivalDays | None, features: FeatureSet,
                     as_ofs: Sequence[dt.date]) -> AudienceMembers | None:
    """The users around an entity as of each day. None without circles."""
    circles, within = features.of_type(Audience), DayRange.covering(as_ofs)
    if seen is None or not circles:
        return None
    around = [seen.values.where(F.col("feature_id") == features.distinct_feature_ids[circle.of]).select(
        F.col(features.id).alias("owner"), F.lit(place).alias("circle"), F.col("value_hash").alias("member"),
        *as_of_bits(seen.days, as_ofs, circle.window, within)) for place, circle in enumerate(circles)]
    some = reduce(or_, [F.col(word) != 0 for word in within.words])
    return AudienceMembers(union_all(around).where(some), as_ofs)
