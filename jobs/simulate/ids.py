"""Identifiers: numbers become strings such as s000123, with -1 for none becoming null."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ODD = 2_654_435_761  # odd, hence one-to-one modulo any power of two
SPACE = 67_000_003  # numbers of things that belong to no registered person begin at a multiple of this
BLOCK = 2**20  # numbers that one day's events of a table may take
NEVER = -(2**40)  # a time that never came: far below any registration


def of_day(day: int, count: int) -> np.ndarray:
    """Numbers for a day's events, in an order that does not say who was simulated first."""
    return day * BLOCK + np.arange(count) * ODD % BLOCK


def thing(owner: int, number: np.ndarray) -> np.ndarray:
    """Number of a device, network, address or card of somebody outside the registrations."""
    return owner * SPACE + number


def numbered(prefix: str, number: np.ndarray, width: int) -> pa.Array:
    """Prefix and zero-padded number."""
    number = np.asarray(number, np.int64)
    digits = pc.utf8_lpad(pa.array(number, mask=number < 0).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def scrambled(prefix: str, number: np.ndarray) -> pa.Array:
    """As `numbered`, in an order that tells nothing about whose it is."""
    number = np.asarray(number, np.int64)
    return numbered(prefix, np.where(number < 0, -1, number * ODD % 2**48), 15)


def network(number: np.ndarray) -> pa.Array:
    """Private IPv4 addresses (10.0.0.0/8)."""
    number = np.asarray(number, np.int64)
    bits = number * ODD % 2**24
    octets = [pa.array(bits >> shift & 255, mask=number < 0).cast(pa.string()) for shift in (16, 8, 0)]
    return pc.binary_join_element_wise("10", *octets, ".")


def named(names: tuple[str | None, ...], number: np.ndarray) -> pa.Array:
    """The name at each position; null for -1."""
    number = np.asarray(number, np.int64)
    return pa.array(names, pa.string()).take(pa.array(number, mask=number < 0))


def timestamps(seconds: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """UTC timestamps of seconds since the first day's midnight; null for NEVER."""
    start = np.datetime64(first_day, "s").astype(np.int64)
    seconds = np.asarray(seconds, np.int64)
    return pa.array((seconds + start) * 1_000_000, mask=seconds == NEVER).cast(pa.timestamp("us", tz="UTC"))


def calendar_days(day: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """ISO days as strings; null for NEVER."""
    day = np.asarray(day, np.int64)
    known = np.where(day == NEVER, 0, day)
    return pa.array((np.datetime64(first_day, "D") + known).astype(str), mask=day == NEVER)


def written_times(seconds: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """The same as ISO 8601 text, to the second."""
    return pc.strftime(timestamps(seconds, first_day).cast(pa.timestamp("s", tz="UTC")), "%Y-%m-%dT%H:%M:%SZ")
