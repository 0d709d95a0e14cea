"""A file of the landing folder that holds rows, known by its name alone."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

ENDINGS = {".parquet": "parquet", ".pq": "parquet", ".parq": "parquet", ".csv": "csv", ".jsonl": "jsonl",
           ".json": "jsonl", ".ndjson": "jsonl"}
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, order=True)
class DataFile:
    """Where a file is, the day it is of, its format, and how a text is compressed."""

    path: Path
    day: dt.date
    format: str
    compression: str | None = None


def data_file(path: Path, day: dt.date) -> DataFile | None:
    """The file as its name says it is; None where the name has no known ending."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if not suffixes:
        return None
    if suffixes[-1] in COMPRESSIONS and len(suffixes) == 2:
        kind = ENDINGS.get(suffixes[0])
        return None if kind in (None, "parquet") else DataFile(path, day, kind, suffixes[-1][1:])
    kind = ENDINGS.get(suffixes[-1])
    return None if kind is None else DataFile(path, day, kind)
