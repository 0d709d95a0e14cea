"""As-of windows over tiles: the only module that compares arrival days with an as-of day.

A window of N days as of day D holds the events that arrived on D and on the N - 1 days before it, whatever their event
time. No row that arrived after D is read. Scores of the night, a backfill and training call the same function, which
takes a list of as-of days.
"""

import datetime as dt
import re
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.aggregation import windows_multi_day, windows_single_day
from features.aggregation.derived import derived_columns
from features.aggregation.history import History
from features.aggregation.peers import with_peers
from features.aggregation.value_days import ValueArrivalDays, _span, value_arrival_days
from features.frames.materialize import Materialize
from features.language.feature import LOOKBACK_DAYS, Attribute, Change, Feature, Ratio
from features.language.feature_set import FeatureSet


def as_of_features(history: History, features: FeatureSet, as_ofs: Sequence[dt.date], materialize: Materialize,
                   arrival_days: "ValueArrivalDays | None" = None) -> DataFrame:
    """Return the features of every entity with an event or a registration in the last 90 days, as of each day.

    Args:
        arrival_days: `value_arrival_days` of the same arguments, where the caller has materialized it; computed if
            None.

    Returns:
        (ds = the as-of day, entity id, slice columns, `features.base_columns`), one row per entity and day.
    """
    keys = [features.id, "as_of"]
    arrival_days = value_arrival_days(history, features, as_ofs) if arrival_days is None else arrival_days
    strategy = windows_single_day if len(set(as_ofs)) == 1 else windows_multi_day
    rows = strategy.aggregate_windows(history.tiles, arrival_days.values if arrival_days else None, _span(as_ofs),
                                      features, as_ofs)
    registrations = _latest_registrations(history, features, as_ofs)
    if registrations is None:
        rows = rows.where("has_events")
    else:
        recent = F.datediff("as_of", "account_ds") < LOOKBACK_DAYS
        rows = rows.join(registrations, keys, "full_outer").where(F.col("has_events") | recent)
    base = rows.select(*keys, *_slices(history, features), *_base_columns(history, features))
    derived = base.select("*", *derived_columns(features, Ratio))
    derived = with_peers(materialize(derived.select("*", *derived_columns(features, Change))), features, "as_of")
    return derived.select(F.col("as_of").alias("ds"), features.id, *features.slice_columns, *features.base_columns)


def _days(as_ofs: Sequence[dt.date]) -> Column:
    return F.array(*[F.lit(day) for day in sorted(set(as_ofs))])


def _latest_registrations(history: History, features: FeatureSet, as_ofs: Sequence[dt.date]) -> DataFrame | None:
    """Return the latest registration row that had arrived by each day; None where the table never arrived."""
    if history.registrations is None:
        return None
    later = F.lead("ds").over(Window.partitionBy(features.id).orderBy("ds"))
    is_latest = (F.col("account_ds") <= F.col("as_of")) & (F.col("later").isNull() | (F.col("as_of") < F.col("later")))
    row = F.struct(*[name for name in features.profile.names if name != features.id])
    rows = history.registrations.select(features.id, F.col("ds").alias("account_ds"), later.alias("later"),
                                        row.alias("account"))
    return (rows.withColumn("as_of", F.explode(_days(as_ofs))).where(is_latest)
            .select(features.id, "as_of", "account_ds", "account"))


def _slices(history: History, features: FeatureSet) -> list[Column]:
    if history.registrations is None:
        return [F.lit(None).cast("string").alias(name) for name in features.slice_columns]
    return [F.col(f"account.{name}").alias(name) for name in features.slice_columns]


def _base_columns(history: History, features: FeatureSet) -> list[Column]:
    columns = []
    for d in features.of_type(Feature, Attribute):
        for column in d.columns:
            value = (_attribute_value(d, history, features) if isinstance(d, Attribute)
                     else _null_before_first_day(d, column, history))
            columns.append(value.alias(column))
    return columns


def _attribute_value(d: Attribute, history: History, features: FeatureSet) -> Column:
    if history.registrations is None:
        return F.lit(None).cast("bigint")
    names = [name for name in features.profile.names if name != features.id]
    value = _qualified(d.value, names)
    return F.when(F.col("account").isNotNull(), F.expr(value)).cast("bigint")


def _qualified(sql: str, names: Sequence[str]) -> str:
    """Return SQL with every registration column qualified by the struct `account`.

    Within the struct the columns cannot clash with features.
    """
    return re.sub(rf"\b({'|'.join(names)})\b", r"account.\1", sql)


def _null_before_first_day(feature: Feature, column: str, history: History) -> Column:
    """Return the value of a window, null before the first arrival day of the feature's source."""
    first = history.first_days.get(feature.source.name)
    if first is None:
        return F.lit(None).cast("bigint")
    value = F.col(column)
    if feature.aggregation in ("count", "sum", "distinct"):
        value = F.coalesce(value, F.lit(0))
    if feature.aggregation in ("first", "last"):
        value = F.datediff("as_of", value)
    return F.when(F.col("as_of") >= F.lit(first), value.cast("bigint"))
