"""A raw value as what its column asks for, or null and the rule that it breaks. The same on every engine.

Engines disagree about what a text may mean. Sail reads `on` as true. Both read `2026` as a time, and `08:30:00` as one
of the machine's own day. A text is therefore cast only where it has one of the forms below.
"""

from typing import TYPE_CHECKING

from features.contract import Column

if TYPE_CHECKING:
    from pyspark.sql import Column as SqlColumn

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

# Whole numbers beyond this are not all there among doubles.
EXACT_IN_DOUBLES = 2**53


def cast(column: Column, given: str) -> "SqlColumn":
    """The value in the contract's type; null where nothing is written, or where it cannot be read.

    Args:
        given: type of the raw column, as Spark spells it.
    """
    from pyspark.sql import functions as F

    value = written(column, given)
    if column.type == "string":
        # One sign too many is enough for the rule to see, and a hundred million would be held twice.
        return F.left(value, F.lit(column.longest + 1))
    read = F.when(_well_formed(column, value, given), _converted(column, value, given))
    return F.when(_within_years(column, read), read) if column.type in ("timestamp", "date") else read


def unreadable(column: Column, given: str) -> "SqlColumn":
    """Whether something is written and is not of the column's type. Never null."""
    from pyspark.sql import functions as F

    value = written(column, given)
    if column.type == "string":
        return F.lit(False)
    fits = _well_formed(column, value, given) & _converted(column, value, given).isNotNull()
    return value.isNotNull() & ~F.coalesce(fits, F.lit(False))


def outside_years(column: Column, given: str) -> "SqlColumn":
    """Whether a time or a date can be read and lies in no year that events can be of. Never null."""
    from pyspark.sql import functions as F

    value = written(column, given)
    read = F.when(_well_formed(column, value, given), _converted(column, value, given))
    return F.coalesce(~_within_years(column, read), F.lit(False))


def written(column: Column, given: str) -> "SqlColumn":
    """The raw value, null where it says nothing; a text without the blanks around it, unless it is prose."""
    from pyspark.sql import functions as F

    value = F.col(column.name)
    if given != "string":
        return value.try_cast("string") if column.type == "string" else value
    bare = _without_blanks(value)
    if column.prose:
        return F.when(bare != "", value)
    nothing = NO_TEXT if column.type == "string" else NO_NUMBER
    said = [text for text in nothing if text not in column.values]
    # A short text alone is looked up: most are longer, and a look-up costs more than the length.
    says_nothing = (F.octet_length(bare) <= max(map(len, NO_TEXT))) & F.lower(bare).isin("", *said)
    return F.when(~says_nothing, bare)


def _without_blanks(value: "SqlColumn") -> "SqlColumn":
    """The text without BLANKS around it. Engines trim slowly, so only texts that begin or end oddly are trimmed."""
    from pyspark.sql import functions as F

    end = F.right(value, F.lit(1))
    odd = (value < FIRST_SIGN) | (value >= LAST_SIGN) | (end < FIRST_SIGN) | (end >= LAST_SIGN)
    return F.when(odd, F.btrim(value, F.lit(BLANKS))).otherwise(value)


def _well_formed(column: Column, value: "SqlColumn", given: str) -> "SqlColumn":
    from pyspark.sql import functions as F

    if given == "string":
        if column.type == "boolean":
            return F.lower(value).isin(*TRUE, *FALSE)
        return F.regexp_like(value, F.lit({"bigint": WHOLE_NUMBER, "timestamp": TIME, "date": DATE}[column.type]))
    if column.type == "bigint" and given in ("double", "float"):
        return (value == F.floor(value)) & (F.abs(value) <= EXACT_IN_DOUBLES)
    if column.type == "bigint" and given.startswith("decimal"):
        return value == F.floor(value)
    return F.lit(True)


def _converted(column: Column, value: "SqlColumn", given: str) -> "SqlColumn":
    from pyspark.sql import functions as F

    if given != "string":
        return value.try_cast(column.type)
    if column.type == "boolean":
        return F.lower(value).isin(*TRUE)
    if column.type == "bigint":
        return F.regexp_replace(value, r"\.0*$", "").try_cast("bigint")
    return (F.substring_index(F.substring_index(value, "T", 1), " ", 1) if column.type == "date"
            else value).try_cast(column.type)


def _within_years(column: Column, value: "SqlColumn") -> "SqlColumn":
    from pyspark.sql import functions as F

    first, last = (F.lit(day).cast(column.type) for day in (EARLIEST, LATEST))
    return (value >= first) & (value < last)
