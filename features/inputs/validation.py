"""From raw rows to judged ones: cast, judge by the contract, mask.

Every raw row ends in exactly one of three places: kept, quarantined, or dropped as a repetition (repeats.py). Rules see
the values as they came; what is handed on, held in memory and moved between workers is masked.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column as SqlColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.inputs import casts
from features.inputs.contract import Column, Table
from features.inputs.masking import Key, masked_value, with_key
from features.inputs.quarantine import FAULT, MALFORMED, kind_rule, quarantine_entry, years_rule

# Raised when the same input comes to mean other rows (also repeats.py, privacy.py).
FORMAT_VERSION = 2


def validate_rows(raw: DataFrame, table: Table, key: Key) -> DataFrame:
    """Cast every column to the contract's type, name the rules that each row breaks, mask what is private.

    Args:
        raw: any columns of the table, of any type that can be cast, with `ds` (date, day of arrival).
        key: what identifiers are masked with.

    Returns:
        (the table's columns, ds, broken = names of broken rules, raw = the row as `quarantine.shown` has
        it where any rule is broken).
    """
    names = [name for name in raw.columns if name not in ("ds", FAULT)]
    there = [column for column in table.columns if column.name in names]
    faults = [name for name in (MALFORMED, FAULT) if name in raw.columns]
    read = casts.read_values(raw.select("*", _whole(names).alias("whole")), there, ["ds", "whole", *faults])
    typed = [casts.value(c) if c in there else F.lit(None).cast(c.type).alias(c.name) for c in table.columns]
    unread = _named(_unread_values(there, faults)).alias("unread")
    cast = with_key(read.select(*typed, "ds", unread, "whole"), key)
    broken = _named([(F.lit(rule.name), ~F.coalesce(F.expr(rule.predicate), F.lit(False)))
                     for rule in table.row_rules])
    judged = cast.withColumn("broken", F.concat("unread", broken))
    columns = [masked_value(F.col(c.name)).alias(c.name) if c.private else c.name for c in table.columns]
    row = F.when(F.size("broken") > 0, quarantine_entry(table, F.col("whole"), names))
    return judged.select(*columns, "ds", "broken", row.alias("raw"))


def _whole(names: Iterable[str]) -> SqlColumn:
    """The row as it came. In quotes, since a column that nobody declared may have any name."""
    return F.struct(*[F.col("`" + name.replace("`", "``") + "`").alias(name) for name in names])


def _unread_values(there: Sequence[Column], faults: Sequence[str]) -> list[tuple[SqlColumn, SqlColumn]]:
    """(name, whether) of what could not be read: values of another kind or time, and records of no format."""
    found = [(F.lit(kind_rule(c)), casts.unreadable(c)) for c in there if c.type != "string"]
    found += [(F.lit(years_rule(c)), casts.outside_years(c)) for c in there if c.type in ("timestamp", "date")]
    fault = F.col(FAULT) if FAULT in faults else F.lit(None).cast("string")
    if FAULT in faults:
        found.append((fault, fault.isNotNull()))
    if MALFORMED in faults:
        found.append((F.lit("the line can be read"), F.col(MALFORMED).isNotNull() & fault.isNull()))
    return found


def _named(faults: Sequence[tuple[SqlColumn, SqlColumn]]) -> SqlColumn:
    """Names of the faults that are true, as an array: built only for rows that have any."""
    names = F.array_compact(F.array(*[F.when(fault, name) for name, fault in faults]))
    return F.when(reduce(or_, [fault for _, fault in faults], F.lit(False)), names).otherwise(
        F.array().cast("array<string>"))


def quarantined(judged: DataFrame, table: Table) -> DataFrame:
    """(ds, table, rules, raw) of the rows that were put aside."""
    return (judged.where(F.size("broken") > 0)
            .select(F.lit(table.name).alias("table"), F.col("broken").alias("rules"), "raw", "ds"))

