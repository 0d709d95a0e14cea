"""Landed data files: the name of a file says its format and its compression."""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["csv", "jsonl", "parquet"]
Compression = Literal["gz", "bz2", "xz", "zst"]

_FORMATS: dict[str, Format] = {"parquet": "parquet", "pq": "parquet", "parq": "parquet",
                               "csv": "csv", "jsonl": "jsonl", "json": "jsonl", "ndjson": "jsonl"}
_NAME = re.compile(r".+\.(?:(?P<binary>parquet|pq|parq)|(?P<text>csv|jsonl|json|ndjson)"
                   r"(?:\.(?P<compression>gz|bz2|xz|zst))?)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class DataFile:
    """One landed file, with the day of its folder. `compression` is that of a text file's name."""

    path: Path
    day: dt.date
    format: Format
    compression: Compression | None = None

    @property
    def shown(self) -> str:
        """The path as a message shows it: bytes of a name that are no text are replaced."""
        return str(self.path).encode(errors="replace").decode()


def data_file(path: Path, day: dt.date) -> DataFile | None:
    """The file as its name describes it, in upper or lower case; None where the name has no known ending."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    ending, compression = (found["binary"] or found["text"]).lower(), found["compression"]
    return DataFile(path, day, _FORMATS[ending], compression and compression.lower())
