"""From raw rows to clean events: cast, judge by the contract, mask, drop what was delivered before.

Every raw row ends in exactly one of three places: kept, quarantined or dropped as a duplicate. Rules see
the values as they came; what is handed on, held in memory and moved between workers is masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from features.contract import Column, Table
from features.privacy import INNER, OUTER, Key, masked, with_key
from features.quarantine import MALFORMED, kind_rule, shown

if TYPE_CHECKING:
    from pyspark.sql import Column as SqlColumn
    from pyspark.sql import DataFrame

# The same key delivered again within this many days is a repetition; later, it is a new fact.
REPEAT_DAYS = 7

KEPT, DROPPED = "kept", "dropped"


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

    names = [name for name in raw.columns if name != "ds"]
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


def _unread(raw: "DataFrame", table: Table) -> list[tuple[str, "SqlColumn"]]:
    """What could not be read, by name: values of another kind, and lines of no format."""
    from pyspark.sql import functions as F

    faults = [(kind_rule(c), _unreadable(raw, c.name, c.type)) for c in table.columns if c.name in raw.columns]
    return faults + ([("the line can be read", F.col(MALFORMED).isNotNull())] if MALFORMED in raw.columns else [])


def _named(faults: list[tuple[str, "SqlColumn"]]) -> "SqlColumn":
    """Names of the faults that are true, as an array: built only for rows that have any."""
    from pyspark.sql import functions as F

    names = F.array_compact(F.array(*[F.when(fault, F.lit(name)) for name, fault in faults]))
    return F.when(reduce(or_, [fault for _, fault in faults]), names).otherwise(
        F.array().cast("array<string>"))


@dataclass(frozen=True)
class Settled:
    """The good rows: those whose key came once, all kept, and those whose key came again.

    `again` is small; it holds kept and dropped rows and says which in `status`.
    """

    once: "DataFrame"
    again: "DataFrame"


def settle(judged: "DataFrame", table: Table, history: "DataFrame | None") -> Settled:
    """Say of each row that broke no rule whether it is kept.

    Of rows with one key on one day, the one that comes first by content is kept, masked columns last:
    only of rows that differ in nothing else does the secret decide. On later days the key is dropped
    until more than seven days after the last time it was kept. Days are settled in order, so a range in
    one call gives what its days one by one would.

    Args:
        history: (key, ds) of what was kept in the seven days before; None where there is nothing.
    """
    from pyspark.sql import functions as F

    good = judged.where(F.size("broken") == 0)
    deliveries = good.select(table.key, "ds")
    if history is not None:
        deliveries = deliveries.unionByName(history.select(table.key, "ds"))
    # Few keys come twice: only those are sorted out, the rest never moves.
    repeated = deliveries.groupBy(table.key).count().where("count > 1").select(table.key)
    before = history.join(repeated, table.key, "left_semi") if history is not None else None
    return Settled(once=good.join(repeated, table.key, "left_anti"),
                   again=_settle_repeated(good.join(repeated, table.key, "left_semi"), table, before))


def _settle_repeated(rows: "DataFrame", table: Table, history: "DataFrame | None") -> "DataFrame":
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    content = sorted(table.names, key=lambda name: name in table.private)
    nth = F.row_number().over(Window.partitionBy(table.key, "ds").orderBy(*content))
    ranked = rows.withColumn("nth", nth)
    kept_days = _kept_days(ranked.where("nth = 1").select(table.key, "ds"), table, history)
    first_and_new = (F.col("nth") == 1) & F.coalesce(F.array_contains("kept_days", F.col("ds")), F.lit(True))
    return (ranked.join(kept_days, table.key, "left")
            .withColumn("status", F.when(first_and_new, KEPT).otherwise(DROPPED))
            .drop("nth", "kept_days"))


def _kept_days(first: "DataFrame", table: Table, history: "DataFrame | None") -> "DataFrame":
    """For keys delivered on more than one day: the days on which they are kept."""
    from pyspark.sql import functions as F

    everything = first if history is None else first.unionByName(history.select(table.key, "ds"))
    days = (everything.groupBy(table.key)
            .agg(F.array_sort(F.collect_set("ds")).alias("days")).where(F.size("days") > 1))
    start = F.expr("named_struct('last', CAST(NULL AS date), 'kept', CAST(array() AS array<date>))")
    folded = F.aggregate("days", start, lambda so_far, day: F.when(
        so_far["last"].isNull() | (F.datediff(day, so_far["last"]) > REPEAT_DAYS),
        F.struct(day.alias("last"), F.concat(so_far["kept"], F.array(day)).alias("kept")),
    ).otherwise(so_far))
    return days.select(table.key, folded["kept"].alias("kept_days"))


def quarantined(judged: "DataFrame", table: Table) -> "DataFrame":
    """(ds, table, rules, raw) of the rows that were put aside."""
    from pyspark.sql import functions as F

    return (judged.where(F.size("broken") > 0)
            .select(F.lit(table.name).alias("table"), F.col("broken").alias("rules"), "raw", "ds"))


def kept(settled: Settled, table: Table) -> "DataFrame":
    """The clean events, in the contract's shape."""
    from pyspark.sql import functions as F

    columns = [*table.names, "ds"]
    return settled.once.select(*columns).unionByName(
        settled.again.where(F.col("status") == KEPT).select(*columns))


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
