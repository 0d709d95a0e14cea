"""Identifiers: numbers become strings such as s000123, and -1 becomes null."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ODD = 2_654_435_761  # odd, hence one-to-one modulo any power of two
SPACE = 67_000_003  # numbers of things without a registered owner begin at multiples of this
BLOCK = 2**20  # numbers reserved for one day's events of a table
ADDED = 3 * BLOCK // 4  # position from which events are numbered that only actions bring about
NEVER = -(2**40)  # the time of an event that never happens: far below any registration


def of_day(day: int, count: int, first: int = 0) -> np.ndarray:
    """Return numbers of a day's events from a position on, in an order that does not reveal the simulation's order."""
    return day * BLOCK + np.arange(first, first + count) * ODD % BLOCK


def thing(owner: int, number: np.ndarray) -> np.ndarray:
    """Return the number of a device, network, address or card of an unregistered owner."""
    return owner * SPACE + number


def numbered(prefix: str, number: np.ndarray, width: int) -> pa.Array:
    """Return prefix and zero-padded number."""
    number = np.asarray(number, np.int64)
    digits = pc.utf8_lpad(pa.array(number, mask=number < 0).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def scrambled(prefix: str, number: np.ndarray) -> pa.Array:
    """Return strings as `numbered` does, in an order that does not reveal the owner."""
    number = np.asarray(number, np.int64)
    return numbered(prefix, np.where(number < 0, -1, number * ODD % 2**48), 15)


def network(number: np.ndarray) -> pa.Array:
    """Return private IPv4 addresses (10.0.0.0/8)."""
    number = np.asarray(number, np.int64)
    bits = number * ODD % 2**24
    octets = [pa.array(bits >> shift & 255, mask=number < 0).cast(pa.string()) for shift in (16, 8, 0)]
    return pc.binary_join_element_wise("10", *octets, ".")


def named(names: tuple[str | None, ...], number: np.ndarray) -> pa.Array:
    """Return the name at each position; null for -1."""
    number = np.asarray(number, np.int64)
    return pa.array(names, pa.string()).take(pa.array(number, mask=number < 0))


def timestamps(seconds: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """Convert seconds since the first day's midnight to UTC timestamps; null for NEVER."""
    start = np.datetime64(first_day, "s").astype(np.int64)
    seconds = np.asarray(seconds, np.int64)
    return pa.array((seconds + start) * 1_000_000, mask=seconds == NEVER).cast(pa.timestamp("us", tz="UTC"))


def calendar_days(day: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """Return ISO days as strings; null for NEVER."""
    day = np.asarray(day, np.int64)
    known = np.where(day == NEVER, 0, day)
    return pa.array((np.datetime64(first_day, "D") + known).astype(str), mask=day == NEVER)


def written_times(seconds: np.ndarray, first_day: np.datetime64) -> pa.Array:
    """Return timestamps as ISO 8601 text, to the second."""
    return pc.strftime(timestamps(seconds, first_day).cast(pa.timestamp("s", tz="UTC")), "%Y-%m-%dT%H:%M:%SZ")


def hexadecimal(bits: np.ndarray, known: np.ndarray) -> pa.Array:
    """Return 64 bits as 16 hex digits; null where they are not known."""
    digits = np.char.mod("%016x", np.asarray(bits, np.uint64)) if len(bits) else np.zeros(0, "U16")
    return pa.array(digits, pa.string(), mask=~np.asarray(known, bool))
