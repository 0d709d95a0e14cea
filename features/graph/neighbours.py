"""What an account's neighbours are like: means over those who share an identifier with it.

Sums are over whole millionths, so that neither the order of rows nor their partitions change a digit.
The cost is that of the ties: a value's accounts are added up once, and each account takes itself out.
"""

from collections.abc import Collection, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.frames.hashing import account_day_id
from features.frames.materialize import Materialize
from features.language.feature import CONFIRMED, Neighbours

MICRO = 1_000_000

# A value beyond this is read as this, so that the sum of `features.graph.shared_identifiers.MAX_SHARERS` of them fits a bigint.
MAX_ABS_VALUE = 9_000_000_000

LOW_BITS = 30  # bits of the lower part of a sum


def confirmed_columns(accounts: DataFrame, confirmed: DataFrame, risks: Sequence[str]) -> DataFrame:
    """Whether accounts stand confirmed of any risk, and of each.

    Args:
        accounts: (node, ...), each once.
        confirmed: (as_of, entity_id, risk, ...) as `features.labels.confirmed_risks` gives it.
        risks: names of the risks to tell apart.

    Returns:
        `accounts` with `confirmed` and one `confirmed_<risk>` each: int, 1 or 0.
    """
    flags = {CONFIRMED: F.lit(1), **{f"{CONFIRMED}_{risk}": (F.col("risk") == risk).cast("int") for risk in risks}}
    known = (confirmed.groupBy(account_day_id("as_of", "entity_id"))
             .agg(*[F.max(flag).alias(name) for name, flag in flags.items()]))
    return accounts.join(known, ["node"], "left").select(
        *accounts.columns, *[F.coalesce(name, F.lit(0)).alias(name) for name in flags])


def neighbour_means(
    ties: DataFrame, base: DataFrame, wanted: Sequence[Neighbours], materialize: Materialize
) -> DataFrame:
    """Means over the accounts that share a value with an account, and over theirs.

    An account counts once for every value it shares, the account itself for none; a null counts
    for nothing. Two hops are the mean of the neighbours' one-hop means, rounded to millionths: what
    the account itself contributed to these is part of it.

    Args:
        ties: as `features.graph.shared_identifiers.account_identifier_edges` makes them.
        base: (node, one numeric column for each `of`), each once.
        wanted: the definitions.
        hold: computes a frame and gives it back as one that is read without computing it again.

    Returns:
        (node, `<name>` and `<name>_2hops` double for each definition), one row per node of `ties`; null
        where no neighbour has a value.
    """
    names = {of: f"x{i}" for i, of in enumerate(sorted({d.of for d in wanted}))}
    pairs = ties.select("node", "value")
    own = materialize(base.select("node", *[_millionths(F.col(of)).alias(x) for of, x in names.items()]))
    near = materialize(_neighbour_mean(pairs, own, names.values()))
    far = _neighbour_mean(pairs, near, names.values()).withColumnsRenamed({x: f"{x}_2hops" for x in names.values()})
    return near.join(far, ["node"]).select("node", *[
        (F.col(f"{names[d.of]}{hops}") / F.lit(float(MICRO))).alias(name)
        for d in wanted for hops, name in zip(("", "_2hops"), d.columns)])


def _neighbour_mean(pairs: DataFrame, values: DataFrame, columns: Collection[str]) -> DataFrame:
    """The mean of each column over an account's neighbours, whole millionths: (node, columns).

    A value's accounts are added up, and what is behind an account's values is added up again; the account itself,
    which is behind each of them, is taken out once, at the end. So nothing wide is laid out by tie.
    """
    behind = pairs.join(values, ["node"], "left").groupBy("value").agg(*[
        total for x in columns for total in (F.sum(x).alias(f"{x}_sum"), F.count(x).alias(f"{x}_count"))])
    found = pairs.join(behind, ["value"]).groupBy("node").agg(F.count(F.lit(1)).alias("values"), *[
        total for x in columns for total in (F.sum(_high(F.col(f"{x}_sum"))).alias(f"{x}_high"),
                                             F.sum(_low(F.col(f"{x}_sum"))).alias(f"{x}_low"),
                                             F.sum(f"{x}_count").alias(f"{x}_count"))])
    return found.join(values, ["node"], "left").select("node", *[_mean_without_own(x).alias(x) for x in columns])


def _mean_without_own(x: str) -> Column:
    """The mean without the account itself, from what is behind its values."""
    own = F.coalesce(F.col(x), F.lit(0))
    high, low = (F.col(f"{x}_{part}") - F.col("values") * of(own) for part, of in (("high", _high), ("low", _low)))
    # The upper part is exact as a double, so that the sum is rounded once, as the whole number would be.
    total = high.cast("double") * float(1 << LOW_BITS) + low.cast("double")
    return mean(total, F.col(f"{x}_count") - F.col("values") * F.col(x).isNotNull().cast("bigint"))


def _high(value: Column) -> Column:
    """The upper part of a bigint. An account may stand behind any number of values: the parts of their sum fit
    bigints where the sum need not, and a decimal is added up ten times as slowly."""
    return F.call_function("shiftright", value, F.lit(LOW_BITS))


def _low(value: Column) -> Column:
    """The lower part of a bigint, never negative."""
    return value.bitwiseAND(F.lit((1 << LOW_BITS) - 1).cast("bigint"))


def mean(total: Column, count: Column) -> Column:
    """Whole millionths, null of nothing."""
    return F.when(count > 0, _whole(total.cast("double") / count))


def _millionths(value: Column) -> Column:
    cut = F.least(F.greatest(value.cast("double"), F.lit(-float(MAX_ABS_VALUE))), F.lit(float(MAX_ABS_VALUE)))
    return F.when(value.isNotNull(), _whole(cut * MICRO))


def _whole(value: Column) -> Column:
    """Rounded to a bigint, halves up. Spark's own round goes through a decimal text, ten times as slow."""
    return F.floor(value + 0.5)
