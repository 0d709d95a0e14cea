"""Landed data files. The name of a file gives its format and its compression."""

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
    """One landed file.

    Attributes:
        day: the day of its folder.
        compression: by the name of a text file; None without compression and for Parquet.
    """

    path: Path
    day: dt.date
    format: Format
    compression: Compression | None = None

    @property
    def shown(self) -> str:
        """Path for messages. Bytes that are no text are replaced."""
        return str(self.path).encode(errors="replace").decode()


def data_file(path: Path, day: dt.date) -> DataFile | None:
    """Return the file that a name describes, in upper or lower case; None where the name has no known ending."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    ending, compression = (match["binary"] or match["text"]).lower(), match["compression"]
    return DataFile(path, day, _FORMATS[ending], compression and compression.lower())
