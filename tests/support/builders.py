"""Small values and settings that many tests build from."""

import datetime as dt
from contextlib import contextmanager

# Three rows are planned and compiled longer than they are computed; the generated worlds use Spark as it is set.
FOR_FEW_ROWS = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false",
                "spark.sql.codegen.wholeStage": "false"}


@contextmanager
def set_for_few_rows(spark):
    before = {key: spark.conf.get(key) for key in FOR_FEW_ROWS}
    for key, value in FOR_FEW_ROWS.items():
        spark.conf.set(key, value)
    yield spark
    for key, value in before.items():
        spark.conf.set(key, value)


def hold(frame):
    """A frame, computed once."""
    return frame.localCheckpoint()


def bits(span, days):
    """Days as bits of a span, word by word."""
    return tuple(map(sum, zip([0] * len(span.words), *[span.mask(one, one) for one in days])))


def day(text: str) -> dt.date:
    """2026-11-20 as a date, so that tests read as tables."""
    return dt.date.fromisoformat(text)
