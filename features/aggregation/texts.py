"""Texts by or about an entity as of a day, for the models that read them.

A text counts from its arrival day, like any event. The newest texts of a window are joined into one: a model reads the
texts of several weeks, not a single complaint.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.frames.union import union_all
from features.language.feature import Text
from features.language.feature_set import FeatureSet

MAX_TEXTS = 20  # per window: the latest reviews speak for a shop with a thousand
MAX_TEXT_LENGTH = 2_000  # characters


def first_day(features: FeatureSet, as_ofs: Sequence[dt.date]) -> dt.date:
    """Return the earliest arrival day that texts as of these days read."""
    return min(as_ofs) - dt.timedelta(days=max(text.window for text in features.texts) - 1)


def as_of_texts(events: Mapping[str, DataFrame], features: FeatureSet,
                as_ofs: Sequence[dt.date]) -> DataFrame | None:
    """Return the texts of each entity as of each day: the newest `MAX_TEXTS` of the window, one a line.

    Texts are sorted by event time, then by key, both descending. A text without a visible character does not count. The
    joined text is cut after `MAX_TEXT_LENGTH` characters.

    Args:
        events: frames of clean events by table name, each with `ds`, without the tables that never arrived. Days
            outside of the windows are ignored.
        features: declares the texts.
        as_ofs: the as-of days.

    Returns:
        (ds = the as-of day, entity id, a string column per `Text`, null without a text), one row per entity and day
        with any text; None without any table.
    """
    parts = [_written(events[text.source.name], text, features) for text in features.texts
             if text.source.name in events]
    if not parts:
        return None
    inside = F.col("ds").between(F.lit(first_day(features, as_ofs)), F.lit(max(as_ofs)))
    newest = _newest_a_day(union_all(parts).where(inside), features)
    return (_texts_by_as_of(newest, features, as_ofs)
            .select(F.col("look.as_of").alias("ds"), features.id,
                    *[F.nullif(f"look.{text.name}", F.lit("")).alias(text.name) for text in features.texts])
            .where(F.coalesce(*[text.name for text in features.texts]).isNotNull()))


def _written(df: DataFrame, text: Text, features: FeatureSet) -> DataFrame:
    """Return (entity id, ds, name, happened, key, text) of one definition."""
    return (df.select(features.id, "ds", F.lit(text.name).alias("name"),
                      F.col(text.source.event_time).alias("happened"), F.col(text.source.key).alias("key"),
                      F.substring(text.column, 1, MAX_TEXT_LENGTH).alias("text"))
            .where(F.col(features.id).isNotNull() & F.col("text").rlike(r"\S")))


def _newest_a_day(texts: DataFrame, features: FeatureSet) -> DataFrame:
    """Return the newest `MAX_TEXTS` rows of each arrival day.

    No window needs more, and the list of a busy shop stays short.
    """
    order = Window.partitionBy(features.id, "name", "ds").orderBy(*[F.desc(c) for c in ("happened", "key", "text")])
    # Rows are partitioned by entity alone: the aggregation by entity that follows needs no second shuffle.
    return (texts.repartition(features.id)
            .withColumn("place", F.row_number().over(order)).where(F.col("place") <= MAX_TEXTS))


def _texts_by_as_of(newest: DataFrame, features: FeatureSet, as_ofs: Sequence[dt.date]) -> DataFrame:
    """Return (entity id, look = (as_of, its texts)). Each entity's list is collected once for all as-of days."""
    row = F.struct("happened", "key", "ds", "name", "text")
    collected = newest.groupBy(features.id).agg(F.sort_array(F.collect_list(row), asc=False).alias("rows"))
    days = F.array(*[F.lit(day) for day in sorted(set(as_ofs))])
    texts_by_day = F.transform(days, lambda day: F.struct(
        day.alias("as_of"), *[_joined(text, day).alias(text.name) for text in features.texts]))
    return collected.select(features.id, F.explode(texts_by_day).alias("look"))


def _joined(text: Text, day: Column) -> Column:
    """Return one text as of one day, joined from `rows`, which are sorted newest first; empty without a text."""
    first = F.date_sub(day, text.window - 1)
    inside = F.filter("rows", lambda row: (row["name"] == text.name) & row["ds"].between(first, day))
    newest = F.transform(F.slice(inside, 1, MAX_TEXTS), lambda row: row["text"])
    return F.substring(F.array_join(newest, "\n"), 1, MAX_TEXT_LENGTH)
