"""Identifiers of people, devices and places: replaced by keyed digests, or shown by their shape alone.

A digest is HMAC-SHA256 (RFC 2104) as 64 hex digits. One key serves every column, so that a device is the
same device in all tables, and whoever has the key can compute the digest of a value they look for.
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

# A shape shows what kind of value was there; of a line of a file, this much tells enough.
PATTERN_LENGTH = 500


@dataclass(frozen=True)
class Key:
    """The secret that identifiers are masked with. Neither repr nor str shows it."""

    secret: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """Twelve hex digits that tell keys apart and say nothing about them."""
        return hmac.new(self.secret, b"vigil key id", hashlib.sha256).hexdigest()[:12]

    @property
    def blocks(self) -> tuple[bytes, bytes]:
        """What RFC 2104 hashes before the message, and before its digest: the key, padded, xor 0x36 and 0x5c."""
        short = hashlib.sha256(self.secret).digest() if len(self.secret) > BLOCK else self.secret
        padded = short.ljust(BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)

    def mask(self, value: str) -> str:
        """The digest of one value, as `masked` gives it for a column."""
        return hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()


def with_key(df: DataFrame, key: Key) -> DataFrame:
    """The rows with the key's two blocks beside them, as `masked` needs them.

    The blocks come as a relation of one row. As literals they would stand in the text of every plan, and
    plans are printed in error messages, logs and the UI; a relation is printed without its rows.
    """
    inner, outer = key.blocks
    row = pa.table({INNER: pa.array([inner], pa.binary()), OUTER: pa.array([outer], pa.binary())})
    # The one row stands left: Sail holds the left side and goes through the right one, and knows no sizes of ours.
    return F.broadcast(df.sparkSession.createDataFrame(row)).crossJoin(df)


def masked_value(value: SqlColumn) -> SqlColumn:
    """The digest of a value's text (UTF-8), over a frame of `with_key`. Null and empty give null."""
    message = F.nullif(value.cast("string"), F.lit("")).cast("binary")
    return F.sha2(F.concat(F.col(OUTER), F.unhex(F.sha2(F.concat(F.col(INNER), message), 256))), 256)


def mask_pattern(value: SqlColumn) -> SqlColumn:
    """What a text looks like: letters are x, digits 9, other signs stay if they are ASCII, and are ? if not.

    A long text is cut, and its length said.
    """
    told = F.left(value, F.lit(PATTERN_LENGTH))
    for signs, shown in ((r"[\p{L}\p{M}]", "x"), (r"\p{N}", "9"), (r"[^\x20-\x7e]", "?")):
        told = F.regexp_replace(told, signs, shown)
    whole = F.length(value)
    return F.when(whole > PATTERN_LENGTH, F.concat(told, F.lit("... ("), whole, F.lit(" characters)"))).otherwise(told)


def displayed_name(name: str) -> str:
    """The name of a column nobody declared: as it is where it is a word, else by its shape.

    A file without a header has its first row for names, and JSON takes any text for a key.
    """
    return name if re.fullmatch(r"[A-Za-z_]{1,64}", name) else _pattern_of(name)


def _pattern_of(text: str) -> str:
    kinds = {"L": "x", "M": "x", "N": "9"}
    return "".join(kinds.get(unicodedata.category(sign)[0], sign if " " <= sign <= "~" else "?")
                   for sign in text[:PATTERN_LENGTH])
