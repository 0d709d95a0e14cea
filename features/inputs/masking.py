"""Masking of identifiers of people, devices and places: a keyed digest or a mask pattern.

A digest is HMAC-SHA256 (RFC 2104) as 64 hex digits. One key serves every column: a device has the same digest in all
tables, and an owner of the key can compute the digest of a value to look it up.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
from pyspark.sql import Column as SqlColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

BLOCK = 64  # bytes that SHA-256 takes at a time
INNER, OUTER = "_inner_block", "_outer_block"

# Characters of a mask pattern. A pattern shows the form of a value, and so many characters show the form of a line.
PATTERN_LENGTH = 500


@dataclass(frozen=True)
class Key:
    """The secret key of the masking. Neither `repr` nor `str` shows it."""

    secret: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """Twelve hex digits that identify the key and reveal nothing about it."""
        return hmac.new(self.secret, b"vigil key id", hashlib.sha256).hexdigest()[:12]

    @property
    def blocks(self) -> tuple[bytes, bytes]:
        """The two blocks of RFC 2104: the padded key, xor 0x36 before the message and xor 0x5c before its digest."""
        short = hashlib.sha256(self.secret).digest() if len(self.secret) > BLOCK else self.secret
        padded = short.ljust(BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)

    def mask(self, value: str) -> str:
        """Return the digest of one value, as `masked_value` computes it for a column."""
        return hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()


def with_key(df: DataFrame, key: Key) -> DataFrame:
    """Return the rows with the two blocks of the key, which `masked_value` reads.

    The blocks are joined as a relation of one row. As literals they would be part of the text of every plan, and plans
    are printed in error messages, logs and the UI. A relation is printed without its rows.
    """
    inner, outer = key.blocks
    row = pa.table({INNER: pa.array([inner], pa.binary()), OUTER: pa.array([outer], pa.binary())})
    # The single row is the left side: Sail does not know the sizes, builds the left side and streams the right one.
    return F.broadcast(df.sparkSession.createDataFrame(row)).crossJoin(df)


def masked_value(value: SqlColumn) -> SqlColumn:
    """Return the digest of a value's text (UTF-8), over a frame of `with_key`. Null and empty give null."""
    message = F.nullif(value.cast("string"), F.lit("")).cast("binary")
    return F.sha2(F.concat(F.col(OUTER), F.unhex(F.sha2(F.concat(F.col(INNER), message), 256))), 256)


def mask_pattern(value: SqlColumn) -> SqlColumn:
    """Return the mask pattern of a text: letters as x, digits as 9, other characters as they are in ASCII, else as ?.

    A long text is cut, with its length at the end.
    """
    pattern = F.left(value, F.lit(PATTERN_LENGTH))
    for characters, replacement in ((r"[\p{L}\p{M}]", "x"), (r"\p{N}", "9"), (r"[^\x20-\x7e]", "?")):
        pattern = F.regexp_replace(pattern, characters, replacement)
    length = F.length(value)
    return (F.when(length > PATTERN_LENGTH, F.concat(pattern, F.lit("... ("), length, F.lit(" characters)")))
            .otherwise(pattern))


def displayed_name(name: str) -> str:
    """Return the name of an undeclared column: itself if it is a word, else its mask pattern.

    A file without a header has its first row for names, and JSON allows any text as a key.
    """
    return name if re.fullmatch(r"[A-Za-z_]{1,64}", name) else _pattern_of(name)


def _pattern_of(text: str) -> str:
    kinds = {"L": "x", "M": "x", "N": "9"}
    return "".join(kinds.get(unicodedata.category(character)[0], character if " " <= character <= "~" else "?")
                   for character in text[:PATTERN_LENGTH])
