"""What an account's neighbours are like: means over those who share an identifier with it.

Sums are over whole millionths, so that neither the order of rows nor their partitions change a digit.
The cost is that of the ties: a value's accounts are added up once, and each account takes itself out.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from features.feature import CONFIRMED, Neighbours

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

MILLION = 1_000_000

# A value beyond this is read as this, so that the sum of `features.links.PUBLIC` of them fits a bigint.
LARGEST = 9_000_000_000


def confirmed_columns(accounts: "DataFrame", confirmed: "DataFrame", risks: Sequence[str]) -> "DataFrame":
    """Whether accounts stand confirmed of any risk, and of each.

    Args:
        accounts: (as_of, account, ...), each account once a day.
        confirmed: (as_of, entity_id, risk, ...) as `features.labels.known` gives it.
        risks: names of the risks to tell apart.

    Returns:
        `accounts` with `confirmed` and one `confirmed_<risk>` each: int, 1 or 0.
    """
    from pyspark.sql import functions as F

    flags = {CONFIRMED: F.lit(1), **{f"{CONFIRMED}_{risk}": (F.col("risk") == risk).cast("int") for risk in risks}}
    known = (confirmed.groupBy(F.col("entity_id").alias("account"), "as_of")
             .agg(*[F.max(flag).alias(name) for name, flag in flags.items()]))
    return accounts.join(known, ["account", "as_of"], "left").select(
        *accounts.columns, *[F.coalesce(name, F.lit(0)).alias(name) for name in flags])


def neighbour_means(ties: "DataFrame", base: "DataFrame", wanted: Sequence[Neighbours]) -> "DataFrame":
    """Means over the accounts that share a value with an account, and over theirs.

    An account counts once for every value it shares, the account itself for none; a null counts
    for nothing. Two hops are the mean of the neighbours' one-hop means, rounded to millionths: what
    the account itself contributed to these is part of it.

    Args:
        ties: as `features.links.ties` makes them.
        base: (as_of, account, one numeric column for each `of`), each account once a day.
        wanted: the definitions.

    Returns:
        (as_of, account, `<name>` and `<name>_2hops` double for each definition), one row per account
        of `ties`; null where no neighbour has a value.
    """
    from pyspark.sql import functions as F

    columns = {of: f"x{i}" for i, of in enumerate(sorted({d.of for d in wanted}))}
    values = base.select("account", "as_of", *[_millionths(F.col(of)).alias(x) for of, x in columns.items()])
    rows = ties.select("account", "as_of", "value").join(values, ["account", "as_of"], "left")
    means = _two_hops(_one_hop(rows, columns.values()), columns.values())
    return means.select("as_of", "account", *[
        (F.col(f"{columns[d.of]}_{hops}") / F.lit(float(MILLION))).alias(name)
        for d in wanted for hops, name in zip(("1hop", "2hops"), d.columns)])


def others(rows: "DataFrame", columns: Iterable[str]) -> "DataFrame":
    """Rows with `<x>_sum` and `<x>_count`: of the values of the other accounts behind the same identifier."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    behind = Window.partitionBy("value")
    found = []
    for x in columns:
        found += [(F.sum(x).over(behind) - F.coalesce(x, F.lit(0))).alias(f"{x}_sum"),
                  (F.count(x).over(behind) - F.col(x).isNotNull().cast("bigint")).alias(f"{x}_count")]
    return rows.select("*", *found)


def mean(total: "Column", count: "Column") -> "Column":
    """Whole millionths, null of nothing."""
    from pyspark.sql import functions as F

    return F.when(count > 0, _whole(total.cast("double") / count))


def _millionths(value: "Column") -> "Column":
    from pyspark.sql import functions as F

    cut = F.least(F.greatest(value.cast("double"), F.lit(-float(LARGEST))), F.lit(float(LARGEST)))
    return F.when(value.isNotNull(), _whole(cut * MILLION))


def _one_hop(rows: "DataFrame", columns: Iterable[str]) -> "DataFrame":
    """Each account's one-hop mean on each of its rows, in place of its own value."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    of_account = Window.partitionBy("account", "as_of")
    return others(rows, columns).select("account", "as_of", "value", *[
        mean(_sum(f"{x}_sum").over(of_account), F.sum(f"{x}_count").over(of_account)).alias(x) for x in columns])


def _two_hops(rows: "DataFrame", columns: Iterable[str]) -> "DataFrame":
    """(account, as_of, `<x>_1hop`, `<x>_2hops`) from rows that carry the one-hop means."""
    from pyspark.sql import functions as F

    # All rows of an account carry the same one-hop mean: the largest is that one.
    return others(rows, columns).groupBy("account", "as_of").agg(*[column for x in columns for column in (
        F.max(x).alias(f"{x}_1hop"),
        mean(_sum(f"{x}_sum"), F.sum(f"{x}_count")).alias(f"{x}_2hops"))])


def _sum(column: str) -> "Column":
    """An account may stand behind any number of values: their sum need not fit a bigint."""
    from pyspark.sql import functions as F

    return F.sum(F.col(column).cast("decimal(19, 0)"))


def _whole(value: "Column") -> "Column":
    """Rounded to a bigint, halves up. Spark's own round goes through a decimal text, ten times as slow."""
    from pyspark.sql import functions as F

    return F.floor(value + 0.5)
