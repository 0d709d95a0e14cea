"""Validation: raw rows cast to the contract, with the row rules that they break, and with private columns masked.

Every raw row ends in exactly one of three places: kept, quarantined, or dropped as a repetition
(`features.inputs.deduplication`). Rules read the plain values. All later steps, whether in memory or between workers,
have masked values alone.
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

# Raised when the same input gives other rows, also for changes in deduplication.py, masking.py and the readers.
FORMAT_VERSION = 3


def validate_rows(raw: DataFrame, table: Table, key: Key) -> DataFrame:
    """Cast every column to the contract's type, name the rules that each row breaks, and mask the private columns.

    Args:
        raw: any columns of the table, of any type that can be cast, with `ds` (date, the arrival day).
        key: of the masking.

    Returns:
        (the table's columns, ds, broken = names of the broken rules, raw = the row as `quarantine.quarantine_entry`
        returns it, null where `broken` is empty), one row per row of `raw`.
    """
    names = [name for name in raw.columns if name not in ("ds", FAULT)]
    present = [column for column in table.columns if column.name in names]
    fault_columns = [name for name in (MALFORMED, FAULT) if name in raw.columns]
    values = casts.read_values(raw.select("*", _whole(names).alias("whole")), present, ["ds", "whole", *fault_columns])
    typed = [casts.value(c) if c in present else F.lit(None).cast(c.type).alias(c.name) for c in table.columns]
    unreadable_rules = _named(_unread_values(present, fault_columns)).alias("unread")
    cast = with_key(values.select(*typed, "ds", unreadable_rules, "whole"), key)
    broken_rules = _named([(F.lit(rule.name), ~F.coalesce(F.expr(rule.predicate), F.lit(False)))
                           for rule in table.row_rules])
    validated = cast.withColumn("broken", F.concat("unread", broken_rules))
    columns = [masked_value(F.col(c.name)).alias(c.name) if c.private else c.name for c in table.columns]
    row = F.when(F.size("broken") > 0, quarantine_entry(table, F.col("whole"), names))
    return validated.select(*columns, "ds", "broken", row.alias("raw"))


def _whole(names: Iterable[str]) -> SqlColumn:
    """Return the row as delivered, as a struct.

    The names are quoted, because an undeclared column may have any name.
    """
    return F.struct(*[F.col("`" + name.replace("`", "``") + "`").alias(name) for name in names])


def _unread_values(present: Sequence[Column], faults: Sequence[str]) -> list[tuple[SqlColumn, SqlColumn]]:
    """Return (name, condition) of the rules about unreadable values, times outside of the years, and bad records."""
    rules = [(F.lit(kind_rule(c)), casts.unreadable(c)) for c in present if c.type != "string"]
    rules += [(F.lit(years_rule(c)), casts.outside_years(c)) for c in present if c.type in ("timestamp", "date")]
    fault = F.col(FAULT) if FAULT in faults else F.lit(None).cast("string")
    if FAULT in faults:
        rules.append((fault, fault.isNotNull()))
    if MALFORMED in faults:
        rules.append((F.lit("the line can be read"), F.col(MALFORMED).isNotNull() & fault.isNull()))
    return rules


def _named(faults: Sequence[tuple[SqlColumn, SqlColumn]]) -> SqlColumn:
    """Return the names of the conditions that are true as an array, which is built only for rows with any."""
    names = F.array_compact(F.array(*[F.when(fault, name) for name, fault in faults]))
    return F.when(reduce(or_, [fault for _, fault in faults], F.lit(False)), names).otherwise(
        F.array().cast("array<string>"))


def quarantined(validated: DataFrame, table: Table) -> DataFrame:
    """Return (table, rules, raw, ds) of the rows that break a rule."""
    return (validated.where(F.size("broken") > 0)
            .select(F.lit(table.name).alias("table"), F.col("broken").alias("rules"), "raw", "ds"))

