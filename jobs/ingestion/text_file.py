"""Text files as physical lines: decompressed, decoded, and bounded in length."""

import codecs
import gzip
import io
import lzma
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, TextIO

import pyarrow as pa

from jobs.ingestion.data_file import DataFile

LONGEST_RECORD = 100_000_000  # characters
NOT_UTF8 = "the text is UTF-8"  # the name of the rule that other bytes break
LINE_ENDS = "\r\n"
BLANKS = " \t\r\n"


class RejectedRecord(NamedTuple):
    """A record that is no row and goes to the quarantine.

    Attributes:
        text: the record.
        fault: the rule that the record breaks; None where the record is malformed.
        values: the values that could be read, by column.
    """

    text: str
    fault: str | None = None
    values: dict[str, str | None] = {}


def size_of(file: DataFile) -> int:
    """Return the bytes of a regular file.

    Raises:
        OSError: the file is missing, or is a folder, a device or a pipe, at which a reader would wait.
    """
    status = file.path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise IsADirectoryError
    return status.st_size


@contextmanager
def opened(file: DataFile) -> Iterator[BinaryIO]:
    """Open the stored bytes of a file.

    Raises:
        OSError: the file is missing, or this user may not read it.
    """
    with file.path.open("rb") as stored:
        yield stored


@contextmanager
def open_text(file: DataFile) -> Iterator[TextIO]:
    """Open a text file's characters. A byte order mark decides between UTF-8 and UTF-16; the default is UTF-8.

    Bytes that are not UTF-8 become lone surrogates (PEP 383), so that different texts stay different.
    """
    with opened(file) as stored, _decompressed(stored, file.compression) as plain:
        encoding, errors = _encoding(plain.peek(4))
        with io.TextIOWrapper(plain, encoding, errors, newline="") as text:
            yield text


def _decompressed(stored: BinaryIO, compression: str | None) -> io.BufferedIOBase:
    if compression == "gz":
        return gzip.GzipFile(fileobj=stored)
    if compression == "xz":
        return lzma.LZMAFile(stored)
    if compression is None:
        return stored
    # Arrow's bz2 fails at bytes after the end that are no stream. Python's bz2 ignores these bytes silently.
    return io.BufferedReader(pa.CompressedInputStream(stored, {"bz2": "bz2", "zst": "zstd"}[compression]))


def _encoding(start: bytes) -> tuple[str, str]:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "surrogatepass"
    return "utf-8-sig", "surrogateescape"


class TooLong(Exception):
    """A record is longer than `LONGEST_RECORD`."""


class PhysicalLines:
    """The lines of a stream in order, and the lines of the current record.

    A line longer than `LONGEST_RECORD` is cut, and its number of quotes stays odd or even. Blank lines before a record
    are skipped.
    """

    def __init__(self, stream: TextIO):
        self._readline = stream.readline
        self.characters = 0  # read so far
        self.begin()

    def begin(self) -> None:
        """Begin a new record."""
        self.record: list[str] = []
        self.size = 0
        self.is_ascii = True

    @property
    def text(self) -> str:
        """Text of the record, without the end of its last line."""
        return "".join(self.record).rstrip(LINE_ENDS)

    @property
    def too_long(self) -> bool:
        return self.size >= LONGEST_RECORD

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.pull()
        if line is None:
            raise StopIteration
        if self.size >= LONGEST_RECORD:
            raise TooLong
        return line

    def pull(self) -> str | None:
        """Read one more line of the record, also of a record that is too long; None at the end of the stream."""
        line = self._readline(LONGEST_RECORD)
        while not self.record and line.isspace() and is_blank(line):
            line = self._readline(LONGEST_RECORD)
        if not line:
            return None
        if len(line) == LONGEST_RECORD:
            line += '"' * self._skipped_quotes(line)
        self.record.append(line)
        self.size += len(line)
        self.characters += len(line)
        self.is_ascii &= line.isascii()
        return line

    def _skipped_quotes(self, line: str) -> int:
        """Skip the rest of a line, and return 1 where the rest has an odd number of quotes, else 0."""
        quotes = 0
        while line and line[-1] not in LINE_ENDS:
            line = self._readline(LONGEST_RECORD)
            quotes += line.count('"')
        return quotes % 2


def is_blank(line: str) -> bool:
    """Return whether a line has blanks alone."""
    return not line.strip(BLANKS)


def is_text(value: str) -> bool:
    """Return whether a text can be written as UTF-8: its bytes were UTF-8, and its escapes are complete characters."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def replaced(value: str) -> str:
    """Return a text with a question mark for every character that cannot be written as UTF-8."""
    return value if is_text(value) else value.encode(errors="replace").decode()


def text_or_null(value: str | None) -> str | None:
    """Return a value that can be written as UTF-8, else None."""
    return value if value is None or is_text(value) else None
