"""Casts of raw values to the types of the contract, equal on every engine. A value that cannot be cast is null.

Engines differ in how they read a text. Sail reads `on` as true. Spark and Sail read `2026` as a time, and `08:30:00` as
a time of the machine's own day. A text is therefore cast only if it has one of the forms below.
"""

import sys
from collections.abc import Sequence

from pyspark.sql import Column as SqlColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.inputs.contract import Column

# Characters without ink: controls, blanks of every width, a byte order mark.
BLANKS = "".join(map(chr, [*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200E), 0x2028, 0x2029, 0x202F,
                           0x205F, 0x2060, 0x3000, 0xFEFF]))

# The visible ASCII characters lie from the first to before the last.
FIRST_SIGN, LAST_SIGN = "!", "\x7f"

# How databases and data frames write null in a text column. A number has fewer such forms: nan is a failed sum.
NO_TEXT = ("null", "nan", "none", "nat", "<na>", "n/a", "\\n")
NO_NUMBER = ("null", "\\n")

WHOLE_NUMBER = r"^[+-]?[0-9]{1,19}(\.0*)?$"
DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
CLOCK = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
ZONE = r" ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)"
TIME = rf"^{DAY}([ T]{CLOCK}({ZONE})?)?$"
DATE = rf"^{DAY}([ T]0{{1,2}}:00(:00(\.0{{1,9}})?)?)?$"
# A double's number and its zero, in text or in the text of a number. A zero with a minus is a rounded negative number.
DECIMAL = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$"
ZERO = r"^\+?[0.]+([eE][+-]?[0-9]+)?$"
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")

# No marketplace is older, and a clock that was never set says 1970. Engines differ after the year 2262.
EARLIEST, LATEST = "1990-01-01", "2200-01-01"

# Prefixes of the intermediate columns of a value.
_PARSED, _VALUE = "_parsed_", "_value_"

# The doubles have gaps between whole numbers above the first, and end at the second.
EXACT_IN_DOUBLES, LARGEST_DOUBLE = 2**53, sys.float_info.max


def read_values(raw: DataFrame, columns: Sequence[Column], beside: Sequence[str]) -> DataFrame:
    """Return the cast values of raw columns with their intermediate columns.

    The casts are split into several steps, because engines compile long expressions slowly.

    Args:
        raw: has every one of `columns`, of any type, and `beside`.
        beside: columns that are passed through.

    Returns:
        (`beside`, each column without blanks and null forms, and the intermediate columns that `value`, `unreadable`
        and `outside_years` read), one row per row of `raw`.
    """
    types = dict(raw.dtypes)
    trimmed = raw.select(*beside, *[_trimmed(c, types[c.name]).alias(c.name) for c in columns])
    non_null = trimmed.select(*beside, *[_non_null(c, types[c.name]).alias(c.name) for c in columns])
    parsed = non_null.select(*beside, *[c.name for c in columns], *[_parsed(c, types[c.name]).alias(_PARSED + c.name)
                                                                    for c in columns if c.type != "string"])
    return parsed.select("*", *[_value(c).alias(_VALUE + c.name) for c in columns])


def value(column: Column) -> SqlColumn:
    """Return the value in the contract's type, over a frame of `read_values`."""
    return F.col(_VALUE + column.name).alias(column.name)


def unreadable(column: Column) -> SqlColumn:
    """Return whether a value is present and is not of the column's type, over a frame of `read_values`. Never null."""
    return F.col(column.name).isNotNull() & F.col(_PARSED + column.name).isNull()


def outside_years(column: Column) -> SqlColumn:
    """Return whether a readable time lies outside of the years of events, over a frame of `read_values`. Never null."""
    return F.col(_PARSED + column.name).isNotNull() & F.col(_VALUE + column.name).isNull()


def _trimmed(column: Column, type_name: str) -> SqlColumn:
    """Return a text without the `BLANKS` around it.

    Engines trim slowly: only a text with an unusual first or last character is trimmed.
    """
    text = F.col(column.name)
    if type_name != "string" or column.prose:
        return text
    end = F.right(text, F.lit(1))
    has_blanks = (text < FIRST_SIGN) | (text >= LAST_SIGN) | (end < FIRST_SIGN) | (end >= LAST_SIGN)
    return F.when(has_blanks, F.btrim(text, F.lit(BLANKS))).otherwise(text)


def _non_null(column: Column, type_name: str) -> SqlColumn:
    """Return the trimmed value, null where it is a written form of null."""
    trimmed = F.col(column.name)
    if type_name != "string":
        return trimmed.try_cast("string") if column.type == "string" else trimmed
    if column.prose:
        return F.when(F.btrim(trimmed, F.lit(BLANKS)) != "", trimmed)
    null_forms = NO_TEXT if column.type == "string" else NO_NUMBER
    null_texts = [text for text in null_forms if text not in column.values]
    # The length is checked first, because it is cheaper than the comparison and most texts are longer.
    is_null = (F.octet_length(trimmed) <= max(map(len, NO_TEXT))) & F.lower(trimmed).isin("", *null_texts)
    return F.when(~is_null, trimmed)


def _parsed(column: Column, type_name: str) -> SqlColumn:
    """Return the value in the contract's type before the check of the years, null where it cannot be read."""
    non_null = F.col(column.name)
    return F.when(_well_formed(column, non_null, type_name), _converted(column, non_null, type_name))


def _value(column: Column) -> SqlColumn:
    if column.type == "string":
        # One character more than allowed is enough to break the rule. A text of megabytes would be in memory twice.
        return F.left(column.name, F.lit(column.longest + 1))
    parsed = F.col(_PARSED + column.name)
    if column.type not in ("timestamp", "date"):
        return parsed
    first, last = (F.lit(day).cast(column.type) for day in (EARLIEST, LATEST))
    return F.when((parsed >= first) & (parsed < last), parsed)


def _well_formed(column: Column, value: SqlColumn, type_name: str) -> SqlColumn:
    if column.type == "double":
        return _is_double(value, type_name)
    if type_name == "string":
        if column.type == "boolean":
            return F.lower(value).isin(*TRUE, *FALSE)
        return F.regexp_like(value, F.lit({"bigint": WHOLE_NUMBER, "timestamp": TIME, "date": DATE}[column.type]))
    if column.type == "bigint" and type_name in ("double", "float"):
        return (value == F.floor(value)) & (F.abs(value) <= EXACT_IN_DOUBLES)
    if column.type == "bigint" and type_name.startswith("decimal"):
        return value == F.floor(value)
    return F.lit(True)


def _is_double(value: SqlColumn, type_name: str) -> SqlColumn:
    """Return whether a value is a finite number, and not one that becomes zero or infinite in a double.

    NaN, the infinities and the negative zero have texts of their own on each engine, which are no `DECIMAL` or `ZERO`.
    """
    text, number = value.cast("string"), _as_double(value, type_name)
    return (F.regexp_like(text, F.lit(DECIMAL)) & (F.abs(number) <= LARGEST_DOUBLE)
            & ((number != 0) | F.regexp_like(text, F.lit(ZERO))))


def _as_double(value: SqlColumn, type_name: str) -> SqlColumn:
    # A decimal goes by its digits: a quotient of two doubles, as engines compute it, may be the neighbour.
    return (value.cast("string") if type_name.startswith("decimal") else value).try_cast("double")


def _converted(column: Column, value: SqlColumn, type_name: str) -> SqlColumn:
    if column.type == "double":
        return _as_double(value, type_name)
    if type_name != "string":
        return value.try_cast(column.type)
    if column.type == "boolean":
        return F.lower(value).isin(*TRUE)
    if column.type == "bigint":
        return F.regexp_replace(value, r"\.0*$", "").try_cast("bigint")
    return (F.substring_index(F.substring_index(value, "T", 1), " ", 1) if column.type == "date"
            else value).try_cast(column.type)
