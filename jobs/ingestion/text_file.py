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
NOT_UTF8 = "the text is UTF-8"  # the rule that a record of other bytes breaks
LINE_ENDS = "\r\n"
BLANKS = " \t\r\n"


class Aside(NamedTuple):
    """A record that is no row: its text, the rule it breaks if it has a name, and the values that were read of it."""

    text: str
    fault: str | None = None
    values: dict[str, str | None] = {}


def size_of(file: DataFile) -> int:
    """Bytes of a regular file.

    Raises:
        OSError: it is a folder, a device or a pipe, which would be waited for, or it is not there.
    """
    found = file.path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise IsADirectoryError
    return found.st_size


@contextmanager
def opened(file: DataFile) -> Iterator[BinaryIO]:
    """The bytes of a file, as they are stored.

    Raises:
        OSError: it is not there, or it may not be read.
    """
    with file.path.open("rb") as stored:
        yield stored


@contextmanager
def open_text(file: DataFile) -> Iterator[TextIO]:
    """A text file's characters. Its byte order mark says UTF-8 or UTF-16 and is left out; without one it is UTF-8.

    Bytes that are not UTF-8 become lone surrogates (PEP 383), so that no two texts become the same.
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
    # Arrow's bz2 says that bytes after the end are no stream, where Python's leaves them out without a word.
    return io.BufferedReader(pa.CompressedInputStream(stored, {"bz2": "bz2", "zst": "zstd"}[compression]))


def _encoding(start: bytes) -> tuple[str, str]:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "surrogatepass"
    return "utf-8-sig", "surrogateescape"


class TooLong(Exception):
    """A record is longer than a record may be."""


class PhysicalLines:
    """The lines of a stream in order, and those of the record that is being read.

    A line longer than a record may be is cut, and its quotes stay odd or even in number. Blank lines before a record
    are left out.
    """

    def __init__(self, stream: TextIO):
        self._readline = stream.readline
        self.characters = 0  # read so far
        self.begin()

    def begin(self) -> None:
        """A new record begins."""
        self.record: list[str] = []
        self.size = 0
        self.is_ascii = True

    @property
    def text(self) -> str:
        """The record without the end of its last line."""
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
        """One more line of the record, also of one that is too long; None at the end of the stream."""
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
        """Whether the rest of a line, which is skipped, has an odd number of quotes: 1 or 0."""
        quotes = 0
        while line and line[-1] not in LINE_ENDS:
            line = self._readline(LONGEST_RECORD)
            quotes += line.count('"')
        return quotes % 2


def is_blank(line: str) -> bool:
    """Whether a line has nothing but blanks."""
    return not line.strip(BLANKS)


def is_text(value: str) -> bool:
    """Whether a text can be written as UTF-8: whether its bytes were, or its escapes name whole characters."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def replaced(value: str) -> str:
    """A text for people: what cannot be written as UTF-8 is a question mark."""
    return value if is_text(value) else value.encode(errors="replace").decode()


def text_or_null(value: str | None) -> str | None:
    """A value that is text, else null."""
    return value if value is None or is_text(value) else None
