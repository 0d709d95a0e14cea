"""Reads landing files: `landing/<table>/ds=YYYY-MM-DD/*.{parquet,csv,jsonl}`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.contract import Table
from features.united import united
from jobs.errors import Refused
from jobs.ingestion.data_file import data_file
from jobs.ingestion.landing_reader import read_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FORMATS = ("parquet", "csv", "jsonl")


def landed_days(landing: Path, tables: Iterable[str]) -> list[dt.date]:
    """Every day on which any of the tables landed, in order."""
    folders = (folder for table in tables for folder in (landing / table).glob("ds=*") if folder.is_dir())
    return sorted({_day(folder) for folder in folders})


def read_landing(spark: "SparkSession", landing: Path, table: Table,
                 days: Iterable[dt.date]) -> "DataFrame | None":
    """The rows of `landed_frames` as one frame, None where nothing landed. A column of several types becomes text.

    Raises:
        Refused: as `landed_frames`.
    """
    frames = landed_frames(spark, landing, table, days)
    return united(_of_one_type(frames)) if frames else None


def landed_frames(spark: "SparkSession", landing: Path, table: Table, days: Iterable[dt.date]) -> list["DataFrame"]:
    """The landed rows of some days, uncast, as `read_files` gives them; no frame where nothing landed.

    Raises:
        Refused: a file cannot be read, lacks a column, has one under another name, or has one of a wrong type.
    """
    files = [data_file(file, day) for day in sorted(days) for file in landed_files(landing, table.name, day)]
    return read_files(spark, [file for file in files if file is not None], table)


def _of_one_type(frames: Sequence["DataFrame"]) -> list["DataFrame"]:
    """The frames, with text where they differ: a union would cast, and stop at a value that it cannot."""
    kinds: dict[str, set[str]] = {}
    for frame in frames:
        for name, kind in frame.dtypes:
            kinds.setdefault(name, set()).add(kind)
    mixed = [name for name, found in kinds.items() if len(found) > 1]
    return [frame.withColumns({name: frame[f"`{name}`"].cast("string") for name in mixed if name in frame.columns})
            for frame in frames] if mixed else list(frames)


def landed_files(landing: Path, table: str, day: dt.date) -> list[Path]:
    """The files of a table and day, by name."""
    return sorted(file for file in (landing / table / f"ds={day}").glob("*") if file.suffix[1:] in FORMATS)


def _day(folder: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(folder.name.removeprefix("ds="))
    except ValueError:
        raise Refused(f"{folder}: not a day. Expected a folder ds=YYYY-MM-DD; rename or remove it.") from None
