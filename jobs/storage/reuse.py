"""Reuse of partitions: a run reads a partition whose fingerprint is unchanged instead of building it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def stale_days(lake: Lake, table: str, fingerprints: Mapping[dt.date, str]) -> list[dt.date]:
    """Return the days, in the order given, whose partitions are missing or have another fingerprint."""
    stored = lake.fingerprints(table)
    return [day for day, fingerprint in fingerprints.items() if stored.get(day) != fingerprint]


def load_or_build(spark: "SparkSession", lake: Lake, table: str, key: str, fingerprints: Mapping[dt.date, str],
                  build: Callable[[Sequence[dt.date]], "DataFrame"]) -> "DataFrame | None":
    """Return the rows of some days of a table. Stale days are built, written and staged.

    Args:
        spark: the session of the run.
        lake: read from, and staged into.
        table: the name of the table.
        key: column that orders rows within a file.
        fingerprints: the expected fingerprint of each day.
        build: returns rows of the stale days, with the table's columns.

    Returns:
        The table's rows of the days; None where `fingerprints` is empty.
    """
    # Imported here, because the module imports Spark, which most readers of a lake never start.
    from features.frames.union import union_all

    stale = stale_days(lake, table, fingerprints)
    fresh = [day for day in fingerprints if day not in stale]
    parts = [lake.read(spark, table, fresh)] if fresh else []
    if stale:
        written = lake.write(build(stale), table, stale, key=key,
                             fingerprints={day: fingerprints[day] for day in stale})
        lake.stage(written)
        parts.append(lake.written_frame(spark, written))
    return union_all(parts) if parts else None
