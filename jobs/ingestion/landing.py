"""Reader of a table's landed files as one frame: `landing/<table>/ds=YYYY-MM-DD/*`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.frames.union import union_by_name
from features.inputs.contract import Table
from jobs.ingestion.landing_inventory import list_landing
from jobs.ingestion.landing_reader import read_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_landing(spark: "SparkSession", landing: Path, table: Table,
                 days: Iterable[dt.date]) -> "DataFrame | None":
    """Return the landed rows of some days; None where nothing landed. A column of several types becomes text.

    Raises:
        UserError: as `read_files`.
    """
    frames = read_files(spark, list_landing(landing).of(table.name, days), table)
    return union_by_name(_with_common_types(frames)) if frames else None


def _with_common_types(frames: Sequence["DataFrame"]) -> list["DataFrame"]:
    """Return the frames with text columns where their types differ: a union would cast, and fail at some values."""
    types_by_column: dict[str, set[str]] = {}
    for frame in frames:
        for name, column_type in frame.dtypes:
            types_by_column.setdefault(name, set()).add(column_type)
    mixed = [name for name, types in types_by_column.items() if len(types) > 1]
    return [frame.withColumns({name: frame[f"`{name}`"].cast("string") for name in mixed if name in frame.columns})
            for frame in frames] if mixed else list(frames)
