"""Identifiers: numbers become strings such as s000123, with -1 for none becoming null."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ODD = 2_654_435_761  # odd, hence one-to-one modulo any power of two


def numbered(prefix: str, number: np.ndarray, width: int) -> pa.Array:
    """Prefix and zero-padded number."""
    number = np.asarray(number, np.int64)
    digits = pc.utf8_lpad(pa.array(number, mask=number < 0).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def scrambled(prefix: str, number: np.ndarray) -> pa.Array:
    """As `numbered`, in an order that tells nothing about whose it is."""
    number = np.asarray(number, np.int64)
    return numbered(prefix, np.where(number < 0, -1, number * ODD % 2**32), 10)


def network(number: np.ndarray) -> pa.Array:
    """Private IPv4 addresses (10.0.0.0/8)."""
    number = np.asarray(number, np.int64)
    bits = number * ODD % 2**24
    octets = [pa.array(bits >> shift & 255, mask=number < 0).cast(pa.string()) for shift in (16, 8, 0)]
    return pc.binary_join_element_wise("10", *octets, ".")


def named(names: tuple[str, ...], number: np.ndarray) -> pa.Array:
    """The name at each position."""
    return pa.array(names).take(pa.array(np.asarray(number, np.int64)))


def timestamps(seconds: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """UTC timestamps of seconds since the first day's midnight."""
    start = np.datetime64(first_day, "s").astype(np.int64)
    return pa.array((np.asarray(seconds, np.int64) + start) * 1_000_000).cast(pa.timestamp("us", tz="UTC"))


def calendar_days(day: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """ISO days as strings; null for -1."""
    day = np.asarray(day, np.int64)
    return pa.array((np.datetime64(first_day, "D") + day).astype(str), mask=day < 0)


def written_times(seconds: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """The same as ISO 8601 text, to the second."""
    return pc.strftime(timestamps(seconds, first_day).cast(pa.timestamp("s", tz="UTC")), "%Y-%m-%dT%H:%M:%SZ")
