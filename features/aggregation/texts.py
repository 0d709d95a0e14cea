"""What was written by or about an entity as of a day, for the models that read it.

The same clock as for features: a text counts from the day it arrived. The newest texts of a window
are joined, because a model reads an entity's voice of these weeks and not one complaint.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.frames.union import union_all
from features.language.feature import Text
from features.language.feature_set import FeatureSet

MAX_TEXTS = 20  # a shop with a thousand reviews is known by its latest ones
MAX_TEXT_LENGTH = 2_000  # characters


def first_day(features: FeatureSet, as_ofs: Sequence[dt.date]) -> dt.date:
    """The earliest arrival day that texts as of these days look at."""
    return min(as_ofs) - dt.timedelta(days=max(text.window for text in features.texts) - 1)


def as_of_texts(events: Mapping[str, DataFrame], features: FeatureSet,
                as_ofs: Sequence[dt.date]) -> DataFrame | None:
    """The texts of each entity as of each day: the newest `NEWEST` of the window, one a line.

    Newest by event time, then by key, both from the last to the first; what is longer than `LENGTH`
    characters is cut at its end. A text without a visible character is none.

    Args:
        events: frames of clean events by table name, each with `ds`; missing tables left out. Days
            outside the windows are not looked at, so they may be left out too.
        features: whose texts.
        as_ofs: the days; a row is made for each.

    Returns:
        (ds = the as-of day, entity id, a string column per Text, null where there is none), one row
        for each entity and day with any text; None without any table.
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
    """(entity id, ds, name, happened, key, text) of one definition."""
    return (df.select(features.id, "ds", F.lit(text.name).alias("name"),
                      F.col(text.source.event_time).alias("happened"), F.col(text.source.key).alias("key"),
                      F.substring(text.column, 1, MAX_TEXT_LENGTH).alias("text"))
            .where(F.col(features.id).isNotNull() & F.col("text").rlike(r"\S")))


def _newest_a_day(written: DataFrame, features: FeatureSet) -> DataFrame:
    """No window needs more than the newest of each arrival day, which keeps a busy shop's list short."""
    order = Window.partitionBy(features.id, "name", "ds").orderBy(*[F.desc(c) for c in ("happened", "key", "text")])
    # By entity alone, so that what follows finds an entity's texts together: one shuffle in all.
    return (written.repartition(features.id)
            .withColumn("place", F.row_number().over(order)).where(F.col("place") <= MAX_TEXTS))


def _texts_by_as_of(newest: DataFrame, features: FeatureSet, as_ofs: Sequence[dt.date]) -> DataFrame:
    """(entity id, look = (as_of, its texts)): a list is gathered once, however many days look at it."""
    row = F.struct("happened", "key", "ds", "name", "text")
    gathered = newest.groupBy(features.id).agg(F.sort_array(F.collect_list(row), asc=False).alias("rows"))
    days = F.array(*[F.lit(day) for day in sorted(set(as_ofs))])
    looks = F.transform(days, lambda day: F.struct(
        day.alias("as_of"), *[_joined(text, day).alias(text.name) for text in features.texts]))
    return gathered.select(features.id, F.explode(looks).alias("look"))


def _joined(text: Text, day: Column) -> Column:
    """One text of one day out of `rows`, which are sorted from the newest down; empty where there is none."""
    first = F.date_sub(day, text.window - 1)
    inside = F.filter("rows", lambda row: (row["name"] == text.name) & row["ds"].between(first, day))
    newest = F.transform(F.slice(inside, 1, MAX_TEXTS), lambda row: row["text"])
    return F.substring(F.array_join(newest, "\n"), 1, MAX_TEXT_LENGTH)
