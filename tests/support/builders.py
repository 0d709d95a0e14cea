"""Dates, times and frames, short enough that tests read as tables."""

import datetime as dt

TODAY, YESTERDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 19)


def day(text: str) -> dt.date:
    """2026-11-20 as a date."""
    return dt.date.fromisoformat(text)


def ago(days: int, before: dt.date = TODAY) -> dt.date:
    """The date some days before another."""
    return before - dt.timedelta(days=days)


def at(moment: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    """A time of a day, in UTC."""
    return dt.datetime(moment.year, moment.month, moment.day, hour, minute, tzinfo=dt.UTC)


def frame(spark, table, rows):
    """Rows of an event or account table, given as dictionaries; a column that a row does not name is null."""
    columns = [*table.names, "ds"]
    return spark.createDataFrame([tuple(row.get(name) for name in columns) for row in rows], table.ddl)


def hold(frame):
    """A frame, computed once."""
    return frame.localCheckpoint()


def bits(span, days):
    """Days as bits of a span, word by word."""
    return tuple(map(sum, zip([0] * len(span.words), *[span.mask(one, one) for one in days])))
