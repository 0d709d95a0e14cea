"""A raw value as what its column asks for, or null and the rule that it breaks. The same on every engine.

Engines disagree about what a text may mean. Sail reads `on` as true. Both read `2026` as a time, and `08:30:00` as one
of the machine's own day. A text is therefore cast only where it has one of the forms below.
"""

from collections.abc import Sequence

from pyspark.sql import Column as SqlColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.inputs.contract import Column

# Signs that show nothing: controls, blanks of every width, a byte order mark.
BLANKS = "".join(map(chr, [*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200E), 0x2028, 0x2029, 0x202F,
                           0x205F, 0x2060, 0x3000, 0xFEFF]))

# Signs of ASCII that show something lie from the first to before the last.
FIRST_SIGN, LAST_SIGN = "!", "\x7f"

# How databases and data frames write "nothing" where a text is expected. Numbers know fewer: nan is a failed sum.
NO_TEXT = ("null", "nan", "none", "nat", "<na>", "n/a", "\\n")
NO_NUMBER = ("null", "\\n")

WHOLE_NUMBER = r"^[+-]?[0-9]{1,19}(\.0*)?$"
DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
CLOCK = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
ZONE = r" ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)"
TIME = rf"^{DAY}([ T]{CLOCK}({ZONE})?)?$"
DATE = rf"^{DAY}([ T]0{{1,2}}:00(:00(\.0{{1,9}})?)?)?$"
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")

# No marketplace is older, and a clock that was never set says 1970. Engines differ beyond the year 2262.
EARLIEST, LATEST = "1990-01-01", "2200-01-01"

# Columns of the steps of a value on its way.
_PARSED, _VALUE = "_parsed_", "_value_"

# Whole numbers beyond this are not all there among doubles.
EXACT_IN_DOUBLES = 2**53


def read_values(raw: DataFrame, columns: Sequence[Column], beside: Sequence[str]) -> DataFrame:
    """The values of raw columns as their contract has them, in small steps: engines compile long expressions slowly.

    Args:
        raw: has every one of `columns`, of any type, and `beside`.
        beside: columns that are handed on as they are.

    Returns:
        (beside, each column in its contract's type, null where nothing is written or it cannot be read; and what
        `unreadable` and `outside_years` look at).
    """
    given = dict(raw.dtypes)
    bare = raw.select(*beside, *[_bare(c, given[c.name]).alias(c.name) for c in columns])
    said = bare.select(*beside, *[_said(c, given[c.name]).alias(c.name) for c in columns])
    parsed = said.select(*beside, *[c.name for c in columns], *[_parsed(c, given[c.name]).alias(_PARSED + c.name)
                                                                for c in columns if c.type != "string"])
    return parsed.select("*", *[_value(c).alias(_VALUE + c.name) for c in columns])


def value(column: Column) -> SqlColumn:
    """The value in the contract's type, over a frame of `read_values`."""
    return F.col(_VALUE + column.name).alias(column.name)


def unreadable(column: Column) -> SqlColumn:
    """Whether something is written and is not of the column's type, over a frame of `read_values`. Never null."""
    return F.col(column.name).isNotNull() & F.col(_PARSED + column.name).isNull()


def outside_years(column: Column) -> SqlColumn:
    """Whether a time can be read and lies in no year of events, over a frame of `read_values`. Never null."""
    return F.col(_PARSED + column.name).isNotNull() & F.col(_VALUE + column.name).isNull()


def _bare(column: Column, given: str) -> SqlColumn:
    """A text without BLANKS around it. Engines trim slowly, so only texts that begin or end oddly are trimmed."""
    text = F.col(column.name)
    if given != "string" or column.prose:
        return text
    end = F.right(text, F.lit(1))
    odd = (text < FIRST_SIGN) | (text >= LAST_SIGN) | (end < FIRST_SIGN) | (end >= LAST_SIGN)
    return F.when(odd, F.btrim(text, F.lit(BLANKS))).otherwise(text)


def _said(column: Column, given: str) -> SqlColumn:
    """The bare value, null where it says nothing."""
    bare = F.col(column.name)
    if given != "string":
        return bare.try_cast("string") if column.type == "string" else bare
    if column.prose:
        return F.when(F.btrim(bare, F.lit(BLANKS)) != "", bare)
    nothing = NO_TEXT if column.type == "string" else NO_NUMBER
    said = [text for text in nothing if text not in column.values]
    # A short text alone is looked up: most are longer, and a look-up costs more than the length.
    says_nothing = (F.octet_length(bare) <= max(map(len, NO_TEXT))) & F.lower(bare).isin("", *said)
    return F.when(~says_nothing, bare)


def _parsed(column: Column, given: str) -> SqlColumn:
    said = F.col(column.name)
    return F.when(_well_formed(column, said, given), _converted(column, said, given))


def _value(column: Column) -> SqlColumn:
    if column.type == "string":
        # One sign too many is enough for the rule to see, and a hundred million would be held twice.
        return F.left(column.name, F.lit(column.longest + 1))
    parsed = F.col(_PARSED + column.name)
    if column.type not in ("timestamp", "date"):
        return parsed
    first, last = (F.lit(day).cast(column.type) for day in (EARLIEST, LATEST))
    return F.when((parsed >= first) & (parsed < last), parsed)


def _well_formed(column: Column, value: SqlColumn, given: str) -> SqlColumn:
    if given == "string":
        if column.type == "boolean":
            return F.lower(value).isin(*TRUE, *FALSE)
        return F.regexp_like(value, F.lit({"bigint": WHOLE_NUMBER, "timestamp": TIME, "date": DATE}[column.type]))
    if column.type == "bigint" and given in ("double", "float"):
        return (value == F.floor(value)) & (F.abs(value) <= EXACT_IN_DOUBLES)
    if column.type == "bigint" and given.startswith("decimal"):
        return value == F.floor(value)
    return F.lit(True)


def _converted(column: Column, value: SqlColumn, given: str) -> SqlColumn:
    if given != "string":
        return value.try_cast(column.type)
    if column.type == "boolean":
        return F.lower(value).isin(*TRUE)
    if column.type == "bigint":
        return F.regexp_replace(value, r"\.0*$", "").try_cast("bigint")
    return (F.substring_index(F.substring_index(value, "T", 1), " ", 1) if column.type == "date"
            else value).try_cast(column.type)
