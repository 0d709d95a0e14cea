"""From raw rows to judged ones: cast, judge by the contract, mask.

Every raw row ends in exactly one of three places: kept, quarantined, or dropped as a repetition (repeats.py). Rules see
the values as they came; what is handed on, held in memory and moved between workers is masked.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from features.contract import Column, Table
from features.privacy import INNER, OUTER, Key, masked, with_key
from features.quarantine import FAULT, MALFORMED, kind_rule, shown

if TYPE_CHECKING:
    from pyspark.sql import Column as SqlColumn
    from pyspark.sql import DataFrame

# Raised when the same input comes to mean other rows (also repeats.py, privacy.py).
SEMANTICS = 1


def judge(raw: "DataFrame", table: Table, key: Key) -> "DataFrame":
    """Cast every column to the contract's type, name the rules that each row breaks, mask what is private.

    Args:
        raw: any columns of the table, of any type that can be cast, with `ds` (date, day of arrival).
        key: what identifiers are masked with.

    Returns:
        (the table's columns, ds, broken = names of broken rules, raw = the row as `quarantine.shown` has
        it where any rule is broken).
    """
    from pyspark.sql import functions as F

    names = [name for name in raw.columns if name not in ("ds", FAULT)]
    typed = [_cast(c).alias(c.name) if c.name in names
             else F.lit(None).cast(c.type).alias(c.name) for c in table.columns]
    unread = _named(_unread(raw, table)).alias("unread")
    cast = with_key(raw, key).select(*typed, "ds", unread, _whole(names).alias("whole"), INNER, OUTER)
    broken = _named([(rule.name, ~F.coalesce(F.expr(rule.predicate), F.lit(False)))
                     for rule in table.row_rules])
    judged = cast.withColumn("broken", F.concat("unread", broken))
    columns = [masked(F.col(c.name)).alias(c.name) if c.private else c.name for c in table.columns]
    row = F.when(F.size("broken") > 0, shown(table, F.col("whole"), names))
    return judged.select(*columns, "ds", "broken", row.alias("raw"))


def _whole(names: Sequence[str]) -> "SqlColumn":
    """The row as it came. In quotes, since a column that nobody declared may have any name."""
    from pyspark.sql import functions as F

    return F.struct(*[F.col("`" + name.replace("`", "``") + "`").alias(name) for name in names])


def _unread(raw: "DataFrame", table: Table) -> list[tuple["str | SqlColumn", "SqlColumn"]]:
    """What could not be read, by name: values of another kind, and lines of no format."""
    from pyspark.sql import functions as F

    faults = [(kind_rule(c), _unreadable(raw, c.name, c.type)) for c in table.columns if c.name in raw.columns]
    named = F.col(FAULT) if FAULT in raw.columns else F.lit(None)
    if FAULT in raw.columns:
        faults.append((named, named.isNotNull()))
    if MALFORMED in raw.columns:
        faults.append(("the line can be read", F.col(MALFORMED).isNotNull() & named.isNull()))
    return faults


def _named(faults: list[tuple["str | SqlColumn", "SqlColumn"]]) -> "SqlColumn":
    """Names of the faults that are true, as an array: built only for rows that have any."""
    from pyspark.sql import functions as F

    names = F.array_compact(F.array(*[F.when(fault, F.lit(name)) for name, fault in faults]))
    return F.when(reduce(or_, [fault for _, fault in faults]), names).otherwise(
        F.array().cast("array<string>"))


def quarantined(judged: "DataFrame", table: Table) -> "DataFrame":
    """(ds, table, rules, raw) of the rows that were put aside."""
    from pyspark.sql import functions as F

    return (judged.where(F.size("broken") > 0)
            .select(F.lit(table.name).alias("table"), F.col("broken").alias("rules"), "raw", "ds"))


def _cast(column: Column) -> "SqlColumn":
    """The value in the contract's type; null where it cannot be read."""
    from pyspark.sql import functions as F

    value = F.col(column.name).try_cast(column.type)
    if column.type != "string":
        return value
    # Sources write "nothing" as an empty text as often as a null. One character too many is enough for the
    # rule to see, and a hundred million would be held twice: the whole row is kept as JSON.
    return F.left(F.nullif(value, F.lit("")), F.lit(column.longest + 1))


def _unreadable(raw: "DataFrame", name: str, kind: str) -> "SqlColumn":
    """Whether a value is there and is not of the kind the contract asks for."""
    from pyspark.sql import functions as F

    value = F.col(name)
    given = raw.schema[name].dataType.simpleString()
    lost = value.isNotNull() & value.try_cast(kind).isNull()
    if given == "string":
        return lost & (F.trim(value) != "")
    if kind == "bigint" and given.startswith(("double", "float", "decimal")):
        return lost | (value != F.floor(value))  # a cast would cut the fraction off without a word
    return lost
